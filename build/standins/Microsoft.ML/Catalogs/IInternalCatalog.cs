using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>A catalog, as the components that it makes see it.</summary>
internal interface IInternalCatalog
{
    IHostEnvironment Environment { get; }
}

using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Makes the estimators that transform data.</summary>
public sealed partial class TransformsCatalog : IInternalCatalog
{
    internal TransformsCatalog(IHostEnvironment env)
    {
        Environment = env;
        Conversion = new ConversionTransforms(this);
    }

    public ConversionTransforms Conversion { get; }

    internal IHostEnvironment Environment { get; }

    IHostEnvironment IInternalCatalog.Environment => Environment;

    /// <summary>Makes the estimators that convert between types.</summary>
    public sealed partial class ConversionTransforms : IInternalCatalog
    {
        private readonly IHostEnvironment _env;

        internal ConversionTransforms(TransformsCatalog owner)
        {
            _env = owner.Environment;
        }

        IHostEnvironment IInternalCatalog.Environment => _env;
    }
}

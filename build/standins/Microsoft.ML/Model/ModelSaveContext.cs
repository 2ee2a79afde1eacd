namespace Microsoft.ML;

/// <summary>Where a model writes itself.</summary>
public sealed partial class ModelSaveContext : IDisposable
{
    public void Dispose()
    {
    }
}

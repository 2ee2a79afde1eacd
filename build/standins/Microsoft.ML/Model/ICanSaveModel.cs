namespace Microsoft.ML;

/// <summary>Can write itself as, or into, a model.</summary>
public interface ICanSaveModel
{
    void Save(ModelSaveContext ctx);
}

namespace Microsoft.ML;

/// <summary>Makes data views of a source of one kind.</summary>
public interface IDataLoader<in TSource> : ICanSaveModel
{
    IDataView Load(TSource input);

    DataViewSchema GetOutputSchema();
}

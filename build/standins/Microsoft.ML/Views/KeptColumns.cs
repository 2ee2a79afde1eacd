namespace Microsoft.ML.Data;

/// <summary>
/// The columns of a data view whose values can be kept while others are read: numbers, text and vectors of these. Images, which own
/// resources, cannot, so a cached or shuffled view does not have them.
/// </summary>
internal sealed class KeptColumns
{
    private readonly DataViewSchema.Column[] _source;

    public KeptColumns(DataViewSchema source)
    {
        _source = source.Where(column => column.Type is PrimitiveDataViewType or VectorDataViewType).ToArray();
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(_source);
        Schema = builder.ToSchema();
    }

    /// <summary>The columns that are kept, in the order of the source.</summary>
    public DataViewSchema Schema { get; }

    /// <summary>A kept column as the source has it.</summary>
    public DataViewSchema.Column OfSource(int index) => _source[index];
}

namespace Microsoft.ML.Data;

/// <summary>A data view with the columns of another and those that a row mapper adds, computed row by row as they are asked for.</summary>
internal sealed class RowToRowMapperTransform : IDataView
{
    private readonly RowToRowMapper _mapper;

    public RowToRowMapperTransform(IDataView source, RowToRowMapper mapper)
    {
        Source = source;
        _mapper = mapper;
    }

    /// <summary>Adds the columns of <paramref name="mapper"/> to <paramref name="source"/>.</summary>
    public RowToRowMapperTransform(IDataView source, IRowMapper mapper)
        : this(source, new RowToRowMapper(source.Schema, mapper))
    {
    }

    public IDataView Source { get; }

    public bool CanShuffle => Source.CanShuffle;

    public DataViewSchema Schema => _mapper.OutputSchema;

    public long? GetRowCount() => Source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        DataViewSchema.Column[] columns = columnsNeeded.ToArray();
        return Wrap(Source.GetRowCursor(_mapper.GetDependencies(columns), rand), columns);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        DataViewSchema.Column[] columns = columnsNeeded.ToArray();
        DataViewRowCursor[] inputs = Source.GetRowCursorSet(_mapper.GetDependencies(columns), n, rand);
        return Array.ConvertAll(inputs, input => Wrap(input, columns));
    }

    private DataViewRowCursor Wrap(DataViewRowCursor input, DataViewSchema.Column[] columns)
    {
        try
        {
            return new MappedCursor(input, _mapper.Bind(input, columns));
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }
}

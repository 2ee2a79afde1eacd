using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A row mapper bound to its input schema: the columns of the input followed by those that are added.</summary>
internal sealed class RowToRowMapper : IRowToRowMapper
{
    private readonly IRowMapper _mapper;

    public RowToRowMapper(DataViewSchema inputSchema, IRowMapper mapper)
    {
        InputSchema = inputSchema;
        _mapper = mapper;
        OutputSchema = GetOutputSchema(inputSchema, mapper);
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    public static DataViewSchema GetOutputSchema(DataViewSchema inputSchema, IRowMapper mapper)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        builder.AddColumns(mapper.GetOutputColumns());
        return builder.ToSchema();
    }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        bool[] active = ColumnSet.Activate(OutputSchema, dependingColumns);
        int inputs = InputSchema.Count;
        Func<int, bool> needed = _mapper.GetDependencies(index => active[inputs + index]);
        return InputSchema.Where(column => active[column.Index] || needed(column.Index)).ToArray();
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        if (!ReferenceEquals(input.Schema, InputSchema))
        {
            throw new ArgumentException("Schema of input row must be the same as the schema the mapper is bound to", nameof(input));
        }

        return new MappedRow(input, Bind(input, activeColumns));
    }

    /// <summary>The getters of the active output columns over an input row or cursor.</summary>
    public MappedColumns Bind(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        bool[] active = ColumnSet.Activate(OutputSchema, activeColumns);
        int inputs = InputSchema.Count;
        Delegate[] getters = _mapper.CreateGetters(input, index => active[inputs + index], out Action disposer);
        return new MappedColumns(OutputSchema, input, active, getters, disposer);
    }
}

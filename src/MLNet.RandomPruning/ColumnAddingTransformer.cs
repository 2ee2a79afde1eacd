using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning;

/// <summary>
/// A transformer that adds one column, each of whose values is worked out from its own row when it is asked for. Immutable; any number of
/// threads may use one, each through a cursor or prediction engine of its own.
/// </summary>
public abstract class ColumnAddingTransformer : ITransformer
{
    private protected ColumnAddingTransformer(string outputColumnName)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        OutputColumnName = outputColumnName;
    }

    /// <summary>The column that is added; it hides one of the same name.</summary>
    public string OutputColumnName { get; }

    /// <summary>True: each row is taken by itself.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>The schema of the data with the column.</summary>
    /// <exception cref="ArgumentException">A column that is read is missing or of the wrong type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Map(inputSchema).OutputSchema;

    /// <summary>Adds the column to data; nothing is read before it is asked for.</summary>
    /// <exception cref="ArgumentException">A column that is read is missing or of the wrong type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ColumnAddingDataView(Map(input.Schema), input);
    }

    /// <summary>What adds the column to single rows, for prediction engines.</summary>
    /// <exception cref="ArgumentException">A column that is read is missing or of the wrong type.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => Map(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        Save(ctx);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="what">What is read, for messages.</param>
    /// <param name="read">Reads the values and makes the transformer.</param>
    /// <exception cref="InvalidDataException">The values end early, or are refused.</exception>
    private protected static T Read<T>(string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException or DecoderFallbackException)
        {
            throw new InvalidDataException($"The model file is corrupt: {what} cannot be read. {e.Message}", e);
        }
    }

    private protected abstract ColumnAddingMapper Mapper(DataViewSchema inputSchema);

    private protected abstract void Save(ModelSaveContext ctx);

    private ColumnAddingMapper Map(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return Mapper(inputSchema);
    }
}

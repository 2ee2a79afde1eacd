using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.RandomPruning.Masks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning;

/// <summary>
/// The masks of a network in an ML.NET pipeline: adds a text column with the network's name, whose annotation <c>RandomMask</c> (a
/// vector of Byte, the bytes of a mask file) carries the masks to a trainer that names the column. Costs nothing per row. Immutable
/// and safe to use from many threads.
/// </summary>
public sealed partial class RandomMaskTransformer : ITransformer
{
    internal const string LoaderSignature = "RandomMask";
    internal static readonly ModelVersion Version =
        new(Signature: "RANDMASK", Written: 0x00010001, Readable: 0x00010001, ReadsBackTo: 0x00010001, LoaderSignature);

    private const string MaskEntry = "Mask.safetensors";

    private readonly byte[] _file;

    internal RandomMaskTransformer(IHostEnvironment environment, NetworkMask masks, string outputColumnName)
    {
        environment.Register(nameof(RandomMaskTransformer));
        Masks = masks;
        OutputColumnName = outputColumnName;
        using var stream = new MemoryStream();
        masks.Save(stream);
        _file = stream.ToArray();
    }

    /// <summary>The masks: of each layer its density, the number of kept weights and one bit a weight.</summary>
    public NetworkMask Masks { get; }

    /// <summary>What pruning leaves of the network, in all and per layer.</summary>
    public PruningReport Report => PruningReport.From(Masks);

    /// <summary>The column that carries the masks.</summary>
    public string OutputColumnName { get; }

    /// <summary>True: each row stays as it is.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>The schema of the data with the mask column.</summary>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Mapper(inputSchema).OutputSchema;

    /// <summary>Adds the mask column to data; nothing is read or copied.</summary>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ColumnAddingDataView(Mapper(input.Schema), input);
    }

    /// <summary>What adds the mask column to single rows, for prediction engines.</summary>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => Mapper(inputSchema);

    /// <summary>
    /// Writes the masks to a file, safetensors, which <c>mlContext.Transforms.LoadMask</c> and <see cref="NetworkMask.Load(string)"/>
    /// read. It appears under its name only when it is whole.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the reason.</exception>
    public void SaveMask(string path) => Masks.Save(path);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        var writer = new ModelWriter(ctx, Version);
        writer.Values.Write(OutputColumnName);
        writer.Entry(MaskEntry, entry => entry.Write(_file));
    }

    internal static RandomMaskTransformer Load(IHostEnvironment environment, ModelReader reader)
    {
        var masks = reader.Entry(MaskEntry, stream => NetworkMask.Load(stream));
        try
        {
            string name = reader.Values.ReadString();
            ArgumentException.ThrowIfNullOrEmpty(name);
            return new RandomMaskTransformer(environment, masks, name);
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException or DecoderFallbackException)
        {
            throw new InvalidDataException($"The model file is corrupt: the column of the masks cannot be read. {e.Message}", e);
        }
    }

    private MaskMapper Mapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new MaskMapper(inputSchema, OutputColumnName, _file, Masks.Network.Name);
    }
}

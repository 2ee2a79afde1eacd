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
public sealed partial class RandomMaskTransformer : ColumnAddingTransformer
{
    internal const string LoaderSignature = "RandomMask";
    internal static readonly ModelVersion Version =
        new(Signature: "RANDMASK", Written: 0x00010001, Readable: 0x00010001, ReadsBackTo: 0x00010001, LoaderSignature);

    private const string MaskEntry = "Mask.safetensors";

    private readonly byte[] _file;

    internal RandomMaskTransformer(IHostEnvironment environment, NetworkMask masks, string outputColumnName) : base(outputColumnName)
    {
        environment.Register(nameof(RandomMaskTransformer));
        Masks = masks;
        using var stream = new MemoryStream();
        masks.Save(stream);
        _file = stream.ToArray();
    }

    /// <summary>The masks: of each layer its density, the number of kept weights and one bit a weight.</summary>
    public NetworkMask Masks { get; }

    /// <summary>What pruning leaves of the network, in all and per layer.</summary>
    public PruningReport Report => PruningReport.From(Masks);

    /// <summary>
    /// Writes the masks to a file, safetensors, which <c>mlContext.Transforms.LoadMask</c> and <see cref="NetworkMask.Load(string)"/>
    /// read. It appears under its name only when it is whole.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be written; the message names the path and the reason.</exception>
    public void SaveMask(string path) => Masks.Save(path);

    internal static RandomMaskTransformer Load(IHostEnvironment environment, ModelReader reader)
    {
        var masks = reader.Entry(MaskEntry, stream => NetworkMask.Load(stream));
        return Read("the column of the masks", () => new RandomMaskTransformer(environment, masks, reader.Values.ReadString()));
    }

    private protected override ColumnAddingMapper Mapper(DataViewSchema inputSchema) =>
        new MaskMapper(inputSchema, OutputColumnName, _file, Masks.Network.Name);

    private protected override void Save(ModelSaveContext ctx)
    {
        var writer = new ModelWriter(ctx, Version);
        writer.Values.Write(OutputColumnName);
        writer.Entry(MaskEntry, entry => entry.Write(_file));
    }
}

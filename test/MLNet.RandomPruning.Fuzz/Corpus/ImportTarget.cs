using MLNet.RandomPruning.Models;

namespace MLNet.RandomPruning.Fuzz.Corpus;

/// <summary>Files of dense weights, as PyTorch reads and writes them.</summary>
internal sealed class ImportTarget : ModelTarget
{
    public override string Name => "import";

    public override bool HasDigest => false;

    public override object Load(Stream stream) => TrainedModel.ImportSafetensors(stream);

    // A file without a normalisation is sound, and the caller must give one.
    public override bool IsRefusal(Exception error) => base.IsRefusal(error) || error is ArgumentException { ParamName: "options" };

    public override byte[]? FileOf(object loaded) => Export((TrainedModel)loaded);

    public static byte[] Export(TrainedModel model)
    {
        using var stream = new MemoryStream();
        model.ExportSafetensors(stream);
        return stream.ToArray();
    }
}

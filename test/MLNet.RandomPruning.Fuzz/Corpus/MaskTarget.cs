using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Fuzz.Corpus;

/// <summary>Files of masks without weights.</summary>
internal sealed class MaskTarget : FuzzTarget
{
    public override string Name => "mask";

    public override object Load(Stream stream) => NetworkMask.Load(stream);

    public override string? Difference(object left, object right)
    {
        NetworkMask one = (NetworkMask)left, other = (NetworkMask)right;
        return ModelComparison.MaskDifference(one, other) ?? (one.Origin != other.Origin ? "what made the masks differs" : null);
    }

    public override string? Fault(object loaded, bool use)
    {
        var mask = (NetworkMask)loaded;
        byte[] saved = Save(mask);
        var again = NetworkMask.Load(new MemoryStream(saved));
        return Difference(mask, again) is { } difference ? $"saved and loaded again, {difference}"
            : !saved.AsSpan().SequenceEqual(Save(again)) ? "saved twice, the bytes differ"
            : mask.Layers.FirstOrDefault(layer => layer.KeptCount != layer.KeptIndices().Length) is { } layer ? $"layer '{layer.Layer.Name}' keeps another number than it says"
            : null;
    }

    public override byte[]? FileOf(object loaded) => Save((NetworkMask)loaded);

    public static byte[] Save(NetworkMask mask)
    {
        using var stream = new MemoryStream();
        mask.Save(stream);
        return stream.ToArray();
    }
}

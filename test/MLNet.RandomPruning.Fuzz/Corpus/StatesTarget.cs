using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Fuzz.Corpus;

/// <summary>Files of several masks and states by prefix.</summary>
internal sealed class StatesTarget : FuzzTarget
{
    private static readonly string[] Prefixes = ["", "best."];

    public override string Name => "states";

    public override object Load(Stream stream)
    {
        var reader = SafetensorsReader.Read(stream);
        reader.VerifyDigest();
        return Prefixes.Select(prefix => NetworkStateSerializer.Read(reader, prefix, NetworkStateSerializer.ReadMask(reader, prefix))).ToArray();
    }

    public override string? Difference(object left, object right) => ((NetworkState[])left)
        .Zip((NetworkState[])right, (one, other) => ModelComparison.StateDifference(one, other) ?? (one.Mask.Origin != other.Mask.Origin ? "what made the masks differs" : null))
        .FirstOrDefault(difference => difference is not null);

    public override string? Fault(object loaded, bool use)
    {
        var states = (NetworkState[])loaded;
        return states.Select(ModelTarget.StateFault).FirstOrDefault(fault => fault is not null)
            ?? (Difference(states, Load(new MemoryStream(Save(states)))) is { } difference ? $"saved and loaded again, {difference}" : null);
    }

    public override byte[]? FileOf(object loaded) => Save((NetworkState[])loaded);

    public static byte[] Save(IReadOnlyList<NetworkState> states)
    {
        var writer = new SafetensorsWriter();
        foreach (var (prefix, state) in Prefixes.Zip(states))
        {
            NetworkStateSerializer.WriteMask(writer, state.Mask, prefix);
            NetworkStateSerializer.Write(writer, prefix, state);
        }

        writer.AddDigest();
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }
}

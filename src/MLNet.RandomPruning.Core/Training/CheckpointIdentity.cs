using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Training;

/// <summary>
/// What a checkpoint belongs to, as named texts: network, masks, first weights, recipe and data. A run goes on from a checkpoint only when all
/// of them agree, since otherwise it would not give what the straight run gives.
/// </summary>
internal sealed class CheckpointIdentity(IReadOnlyList<KeyValuePair<string, string>> facts)
{
    private const int MostNamed = 4;

    public IReadOnlyList<KeyValuePair<string, string>> Facts { get; } = facts;

    /// <summary>What a training belongs to.</summary>
    /// <param name="initial">The first weights.</param>
    /// <param name="mask">The masks that the schedule is about; those that never change, where it is static.</param>
    /// <param name="schedule">Whether and how masks change.</param>
    /// <param name="recipe">How training goes.</param>
    /// <param name="training">The training images.</param>
    /// <param name="validation">The validation images, or null.</param>
    public static CheckpointIdentity Of(NetworkState initial, NetworkMask mask, MaskSchedule schedule, TrainingRecipe recipe, ImageSet training, ImageSet? validation)
    {
        var network = mask.Network;
        return new CheckpointIdentity(
        [
            new("network", network.Name),
            new("image shape", network.InputShape.ToString()),
            new("number of classes", network.ClassCount.ToString(CultureInfo.InvariantCulture)),
            .. recipe.Describe(),
            new("fingerprint of the first weights", Describe(initial)),
            new("training set", Describe(training)),
            new("validation set", validation is null ? "none" : Describe(validation)),
            .. mask.Layers.Select(layer => new KeyValuePair<string, string>(
                $"mask of {layer.Layer.Name}", FormattableString.Invariant($"{layer.KeptCount} kept weights ({layer.Checksum():x16})"))),

            // Named only where masks change, so that checkpoints of other trainings stay good. First masks follow from these.
            .. schedule.IsStatic ? [] : new KeyValuePair<string, string>[]
            {
                new("mask schedule", schedule.Name),
                new("mask granularity", mask.Granularity.Name),
                new("seed of the masks", mask.Origin?.Seed.ToString(CultureInfo.InvariantCulture) ?? "none"),
            },
        ]);
    }

    /// <summary>What differs in a checkpoint's identity, in words; null when nothing does.</summary>
    public string? DifferencesFrom(CheckpointIdentity saved)
    {
        var there = saved.Facts.ToDictionary(StringComparer.Ordinal);
        var here = Facts.ToDictionary(StringComparer.Ordinal);
        var differences = Facts.Concat(saved.Facts).Select(fact => fact.Key).Distinct(StringComparer.Ordinal)
            .Where(name => there.GetValueOrDefault(name) != here.GetValueOrDefault(name))
            .Select(name => $"{name} is {there.GetValueOrDefault(name, "missing")} there and {here.GetValueOrDefault(name, "missing")} here")
            .ToList();
        return differences.Count == 0
            ? null
            : string.Join("; ", differences.Take(MostNamed)) + (differences.Count > MostNamed ? $"; and {differences.Count - MostNamed} more" : "");
    }

    /// <summary>A fingerprint of all tensors, the first 64 bits of their SHA-256.</summary>
    private static string Describe(NetworkState state)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in state.Tensors)
        {
            foreach (float value in tensor.Values)
            {
                Append(hash, BitConverter.SingleToInt32Bits(value));
            }
        }

        return Fingerprint(hash);
    }

    /// <summary>The number of images and a fingerprint of all pixels and labels, the first 64 bits of their SHA-256.</summary>
    private static string Describe(ImageSet images)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int index = 0; index < images.Count; index++)
        {
            Append(hash, images.Label(index));
            hash.AppendData(images.Image(index));
        }

        return FormattableString.Invariant($"{images.Count} images ({Fingerprint(hash)})");
    }

    private static void Append(IncrementalHash hash, int value)
    {
        int word = BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
        hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in word)));
    }

    private static string Fingerprint(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
}

using System.Text.Json;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Models;

/// <summary>
/// What an epoch did to masks that change in training, as JSON: <c>density</c> and <c>maskOverlap</c>, both left out where masks
/// never change.
/// </summary>
internal static class MaskFiguresJson
{
    private const string DensityKey = "density", OverlapKey = "maskOverlap";

    public static void Write(Utf8JsonWriter json, EpochMetrics epoch)
    {
        if (epoch.Density is { } density)
        {
            json.WriteNumber(DensityKey, density);
        }

        if (epoch.MaskOverlap is { } overlap)
        {
            json.WriteNumber(OverlapKey, overlap);
        }
    }

    public static double? ReadDensity(JsonElement epoch) => Read(epoch, DensityKey);

    public static double? ReadOverlap(JsonElement epoch) => Read(epoch, OverlapKey);

    private static double? Read(JsonElement epoch, string key)
    {
        if (!epoch.TryGetProperty(key, out var value))
        {
            return null;
        }

        double share = value.GetDouble();
        return share is >= 0 and <= 1 ? share : throw new FormatException(FormattableString.Invariant($"the {key} of an epoch is {share}, where a share from 0 to 1 is expected"));
    }
}

using System.Text.Json;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Models;

/// <summary>
/// The gradient norms of an epoch that are recorded on request, as JSON: <c>stepGradientNorms</c>, a list with one number a step, and
/// <c>layerGradientNorms</c>, an object with one number a layer. What was not asked for is left out.
/// </summary>
internal static class GradientNormJson
{
    private const string StepsKey = "stepGradientNorms", LayersKey = "layerGradientNorms";

    public static void Write(Utf8JsonWriter json, EpochMetrics epoch)
    {
        if (epoch.StepGradientNorms is { } steps)
        {
            WriteNumbers(json, StepsKey, steps);
        }

        if (epoch.LayerGradientNorms is { } layers)
        {
            json.WriteStartObject(LayersKey);
            foreach (var (name, norm) in layers)
            {
                json.WriteNumber(name, norm);
            }

            json.WriteEndObject();
        }
    }

    public static void WriteNumbers(Utf8JsonWriter json, string key, IEnumerable<double> numbers)
    {
        json.WriteStartArray(key);
        foreach (double number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    public static double[]? ReadSteps(JsonElement epoch) => ReadNumbers(epoch, StepsKey);

    public static OrderedDictionary<string, double>? ReadLayers(JsonElement epoch)
    {
        if (!epoch.TryGetProperty(LayersKey, out var layers))
        {
            return null;
        }

        var norms = new OrderedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var layer in layers.EnumerateObject())
        {
            norms[layer.Name] = MetadataJson.Finite(layer.Value);
        }

        return norms;
    }

    public static double[]? ReadNumbers(JsonElement json, string key) =>
        json.TryGetProperty(key, out var numbers) ? [.. MetadataJson.Items(numbers).Select(MetadataJson.Finite)] : null;
}

using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MLNet.RandomPruning.Models;

namespace MLNet.RandomPruning.Onnx;

/// <summary>What an ONNX file says about its model besides the graph.</summary>
internal static class ModelDescription
{
    /// <summary>One sentence for people.</summary>
    public static string Summary(TrainedModel model) => string.Create(CultureInfo.InvariantCulture,
        $"{model.Network} for images of {model.Network.InputShape} (channels×rows×columns) and {model.Network.ClassCount} classes; {model.Mask.KeptCount} of {model.Network.WeightCount} weights kept, {1 - model.Mask.Density:P2} pruned.");

    /// <summary>
    /// The metadata: texts, numbers in the invariant form, lists and objects as JSON. The granularity and what else makes the mask stand there
    /// only where the mask is known to be a pure function of it.
    /// </summary>
    public static IEnumerable<KeyValuePair<string, string>> Properties(TrainedModel model)
    {
        yield return new("class_names", Json(json =>
        {
            json.WriteStartArray();
            foreach (string name in model.ClassNames)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        }));
        yield return new("network", model.Network.Name);
        yield return new("sparsity", Number(1 - model.Mask.Density));
        if (model.Mask.Origin is { } origin)
        {
            yield return new("layerwise_ratio", origin.LayerwiseRatio);
            yield return new("granularity", origin.Granularity);
            yield return new("seed", origin.Seed.ToString(CultureInfo.InvariantCulture));
        }

        yield return new("normalization", Json(json =>
        {
            json.WriteStartObject();
            WriteNumbers(json, "mean", model.Normalization.Mean);
            WriteNumbers(json, "standardDeviation", model.Normalization.StandardDeviation);
            json.WriteEndObject();
        }));
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<float> values)
    {
        json.WriteStartArray(name);
        foreach (float value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}

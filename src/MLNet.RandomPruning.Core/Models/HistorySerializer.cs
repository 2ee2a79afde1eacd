using System.Globalization;
using System.Text.Json;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Models;

/// <summary>
/// The metrics of a training's epochs as JSON text. Speeds and times are left out, so that the same training gives the same text.
/// </summary>
internal static class HistorySerializer
{
    public static string Write(IReadOnlyList<EpochMetrics> history) => MetadataJson.Write(json =>
    {
        json.WriteStartArray();
        foreach (var epoch in history)
        {
            json.WriteStartObject();
            json.WriteNumber("epoch", epoch.Epoch);
            WriteNumber(json, "learningRate", epoch.LearningRate);
            WriteNumber(json, "trainLoss", epoch.TrainLoss);
            WriteNumber(json, "trainAccuracy", epoch.TrainAccuracy);
            WriteNumber(json, "validationLoss", epoch.ValidationLoss);
            WriteNumber(json, "validationAccuracy", epoch.ValidationAccuracy);
            WriteNumber(json, "gradientNorm", epoch.GradientNorm);
            GradientNormJson.Write(json, epoch);
            MaskFiguresJson.Write(json, epoch);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    public static IReadOnlyList<EpochMetrics> Read(JsonElement json) =>
    [
        .. MetadataJson.Items(json).Select(epoch => new EpochMetrics
        {
            Epoch = MetadataJson.Property(epoch, "epoch").GetInt32(),
            LearningRate = ReadNumber(epoch, "learningRate"),
            TrainLoss = ReadNumber(epoch, "trainLoss"),
            TrainAccuracy = ReadNumber(epoch, "trainAccuracy"),
            ValidationLoss = ReadOptional(epoch, "validationLoss"),
            ValidationAccuracy = ReadOptional(epoch, "validationAccuracy"),
            GradientNorm = ReadNumber(epoch, "gradientNorm"),
            StepGradientNorms = GradientNormJson.ReadSteps(epoch),
            LayerGradientNorms = GradientNormJson.ReadLayers(epoch),
            Density = MaskFiguresJson.ReadDensity(epoch),
            MaskOverlap = MaskFiguresJson.ReadOverlap(epoch),
        }),
    ];

    // JSON has no NaN and no infinity; they stand as texts.
    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is not double number)
        {
            json.WriteNull(name);
        }
        else if (double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteString(name, number.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static double? ReadOptional(JsonElement json, string name) =>
        MetadataJson.Property(json, name).ValueKind == JsonValueKind.Null ? null : ReadNumber(json, name);

    private static double ReadNumber(JsonElement json, string name)
    {
        var value = MetadataJson.Property(json, name);
        return value.ValueKind == JsonValueKind.String
            ? double.Parse(value.GetString()!, NumberStyles.Float, CultureInfo.InvariantCulture)
            : value.GetDouble();
    }
}

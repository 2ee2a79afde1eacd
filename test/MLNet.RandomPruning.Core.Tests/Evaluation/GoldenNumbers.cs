using System.Text.Json;

namespace MLNet.RandomPruning.Core.Tests.Evaluation;

/// <summary>The numbers that golden.py worked out.</summary>
internal static class GoldenNumbers
{
    public const double Tolerance = 1e-6;

    private static readonly JsonElement Root = Load();

    public static JsonElement Section(string name) => Root.GetProperty(name);

    /// <summary>Scores as the program had them, labels and the number of classes.</summary>
    public static (float[] Scores, int[] Labels, int Classes) Set(string name)
    {
        var set = Section("sets").GetProperty(name);
        int divisor = set.GetProperty("divisor").GetInt32();
        return (
            [.. set.GetProperty("scores").EnumerateArray().Select(value => value.GetInt32() / (float)divisor)],
            [.. set.GetProperty("labels").EnumerateArray().Select(value => value.GetInt32())],
            set.GetProperty("classes").GetInt32());
    }

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static double Number(this JsonElement element, string name) => element.GetProperty(name).GetDouble();

    public static double[] Numbers(this JsonElement element) => [.. element.EnumerateArray().Select(value => value.GetDouble())];

    private static JsonElement Load()
    {
        using var stream = typeof(GoldenNumbers).Assembly.GetManifestResourceStream("Evaluation.golden.json")!;
        return JsonDocument.Parse(stream).RootElement;
    }
}

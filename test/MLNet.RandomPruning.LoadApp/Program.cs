using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

// Loads a model and prints, for each image of 3×8×8 bytes in a file, or for each of several image files, the predicted label and the
// bits of the scores, and what the model says of its own certainty where it does. Nothing here mentions the library that trained the model.
var mlContext = new MLContext();
var model = mlContext.Model.Load(args[0], out var schema);
if (args.Length > 2)
{
    var engine = mlContext.Model.CreatePredictionEngine<FileInput, Output>(model);
    foreach (string file in args[1..])
    {
        Console.WriteLine(Line(engine.Predict(new FileInput { File = file })));
    }
}
else if (model.GetOutputSchema(schema).GetColumnOrNull("IsOutOfDistribution") is null)
{
    var engine = mlContext.Model.CreatePredictionEngine<Input, Output>(model);
    foreach (var image in Images())
    {
        Console.WriteLine(Line(engine.Predict(image)));
    }
}
else
{
    var engine = mlContext.Model.CreatePredictionEngine<Input, GuardedOutput>(model);
    foreach (var image in Images())
    {
        var output = engine.Predict(image);
        Console.WriteLine($"{Line(output)} {Bits(output.OutOfDistributionScore)} {output.IsOutOfDistribution}");
    }
}

IEnumerable<Input> Images() => File.ReadAllBytes(args[1]).Chunk(3 * 8 * 8).Select(pixels => new Input { Features = pixels });

static string Line(Output output) => $"{output.PredictedLabel} {string.Join(' ', output.Score.Select(Bits))}";

static string Bits(float score) => BitConverter.SingleToUInt32Bits(score).ToString("x8", CultureInfo.InvariantCulture);

internal sealed class Input
{
    [VectorType(3, 8, 8)]
    public byte[] Features { get; set; } = [];

    public string Label { get; set; } = "";
}

internal sealed class FileInput
{
    public string File { get; set; } = "";

    public string Label { get; set; } = "";
}

internal class Output
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}

internal sealed class GuardedOutput : Output
{
    public float OutOfDistributionScore { get; set; }

    public bool IsOutOfDistribution { get; set; }
}

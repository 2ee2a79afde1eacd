using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

// Loads a model and prints, for each image of 3×8×8 bytes in a file, the predicted label and the bits of the scores.
// Nothing here mentions the library that trained the model.
var mlContext = new MLContext();
var model = mlContext.Model.Load(args[0], out _);
var engine = mlContext.Model.CreatePredictionEngine<Input, Output>(model);
foreach (var pixels in File.ReadAllBytes(args[1]).Chunk(3 * 8 * 8))
{
    var output = engine.Predict(new Input { Features = pixels });
    var bits = output.Score.Select(score => BitConverter.SingleToUInt32Bits(score).ToString("x8", CultureInfo.InvariantCulture));
    Console.WriteLine($"{output.PredictedLabel} {string.Join(' ', bits)}");
}

internal sealed class Input
{
    [VectorType(3, 8, 8)]
    public byte[] Features { get; set; } = [];

    public string Label { get; set; } = "";
}

internal sealed class Output
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}

// Trains a randomly pruned ResNet in an ML.NET pipeline, evaluates it, saves it, loads it again and predicts one image.
using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Training;

const string ModelPath = "models/quickstart.zip";
var mlContext = new MLContext(seed: 1);

// The data: CIFAR-10 if it is there, else ten classes of generated images.
string? cifar = FindCifar10();
var train = cifar is null ? mlContext.Data.LoadFromGeneratedImages(12_000) : mlContext.Data.LoadFromCifarBinary(cifar);
var test = cifar is null ? mlContext.Data.LoadFromGeneratedImages(2_000, firstIndex: 12_000) : mlContext.Data.LoadFromCifarBinary(cifar, CifarSplit.Test);
Console.WriteLine($"{train.GetRowCount()} training and {test.GetRowCount()} test images, {cifar ?? "generated (set CIFAR10_DIR to train on CIFAR-10)"}.");

// The pipeline: nine of ten weights of the network never exist.
var pipeline = mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(new RandomPrunedResNetTrainer.Options
    {
        Network = "ResNet-20-16",
        LayerwiseRatio = "ERK",
        Sparsity = 0.9,
        Epochs = 4,
        LearningRateSchedule = new OneCycleSchedule(),
        ValidationFraction = 0.05,
        Seed = 17,
        MetricsCallback = epoch => Console.WriteLine(
            $"Epoch {epoch.Epoch}: loss {epoch.TrainLoss:F3}, validation accuracy {epoch.ValidationAccuracy:P1}, {epoch.ImagesPerSecond:F0} images/s, {epoch.Remaining:m\\:ss} left"),
    })
    .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

// Fit and save.
var clock = Stopwatch.StartNew();
var model = pipeline.Fit(train);
var trainingTime = clock.Elapsed;
Directory.CreateDirectory(Path.GetDirectoryName(ModelPath)!);
mlContext.Model.Save(model, train.Schema, ModelPath);

// Load as another program would: nothing but Model.Load.
var newContext = new MLContext();
var loaded = newContext.Model.Load(ModelPath, out _);
var metrics = newContext.MulticlassClassification.Evaluate(loaded.Transform(test), topKPredictionCount: 3);

// Predict one image.
var image = newContext.Data.CreateEnumerable<Image>(newContext.Data.TakeRows(test, 1), reuseRowObject: false).Single();
var engine = newContext.Model.CreatePredictionEngine<Image, Prediction>(loaded);
var prediction = engine.Predict(image);

var network = ((IEnumerable<ITransformer>)model).OfType<RandomPrunedResNetTransformer>().Single().Model;
Console.WriteLine($"""

    | Network                  | {network.Network.Name}, {network.Mask.Origin?.LayerwiseRatio}
    | Weights kept             | {network.Mask.KeptCount:N0} of {network.Network.WeightCount:N0} ({network.Mask.Density:P1})
    | Multiply-adds an image   | {network.Mask.MultiplyAdds / 1e6:F1} M of {network.Network.MultiplyAdds / 1e6:F1} M
    | Training                 | {network.History.Count} epochs in {trainingTime:m\:ss}
    | Model file               | {new FileInfo(ModelPath).Length / 1024.0:F0} KiB, {ModelPath}
    | Test accuracy            | {metrics.MicroAccuracy:P1} (top three: {metrics.TopKAccuracy:P1}), log-loss {metrics.LogLoss:F3}
    | First test image         | {prediction.PredictedLabel}, {prediction.Score.Max():P1} sure
    """);

static string? FindCifar10()
{
    if (Environment.GetEnvironmentVariable("CIFAR10_DIR") is { Length: > 0 } folder)
    {
        return folder;
    }

    // Beside the repository, seen from the current directory or from the program.
    string[] starts = [Directory.GetCurrentDirectory(), AppContext.BaseDirectory];
    return starts.SelectMany(Ancestors).Select(ancestor => Path.Combine(ancestor, "shared", "data", "cifar-10-batches-bin")).FirstOrDefault(Directory.Exists);
}

static IEnumerable<string> Ancestors(string path)
{
    for (var folder = new DirectoryInfo(path); folder is not null; folder = folder.Parent)
    {
        yield return folder.FullName;
    }
}

internal sealed class Image
{
    [VectorType(3, 32, 32)]
    public byte[] Features { get; set; } = [];
}

internal sealed class Prediction
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}

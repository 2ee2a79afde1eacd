using Microsoft.ML;

// Trains and scores with the default engine, and prints the engine's name and how many images were scored.
var mlContext = new MLContext(seed: 1);
var data = mlContext.Data.LoadFromGeneratedImages(40);
var trainer = mlContext.MulticlassClassification.Trainers.RandomPrunedResNet(network: "ResNet-8-2", sparsity: 0.5, epochs: 1);
var metrics = mlContext.MulticlassClassification.Evaluate(trainer.Fit(data).Transform(data));
Console.WriteLine($"{trainer.EngineName} {metrics.ConfusionMatrix.Counts.Sum(row => row.Sum())}");

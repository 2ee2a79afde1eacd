using System.Text;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Models;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Soak;

/// <summary>ResNet-20-16, nine of ten weights pruned, for the generated images.</summary>
internal static class SampleModel
{
    private const int TrainingImages = 3000;

    /// <summary>The model with its first weights.</summary>
    public static TrainedModel Untrained()
    {
        var network = ResNet.Parse("ResNet-20-16").Build(GeneratedImages.Shape, GeneratedImages.ClassNames.Count);
        var mask = MaskGenerator.Generate(network, LayerwiseRatio.ErdosRenyiKernel, sparsity: 0.9, seed: 17);
        return new TrainedModel(WeightInitializer.KaimingNormalByDensity.Create(mask, seed: 17), PixelNormalization.Cifar10, GeneratedImages.ClassNames);
    }

    /// <summary>Trains the model a little, and writes it, and a generated image of each class, to a folder.</summary>
    public static void Write(string folder)
    {
        var initial = Untrained();
        var images = GeneratedImages.Create(TrainingImages);
        using var engine = new SparseTrainingEngine(initial.State, initial.Normalization, maximumBatchSize: 64, numberOfThreads: Environment.ProcessorCount);
        var trained = new TrainingLoop
        {
            Recipe = new TrainingRecipe { Epochs = 3, BatchSize = 64, Schedule = new OneCycleSchedule() },
            TrainingSet = images,
        }.Run(engine, initial.State);
        Directory.CreateDirectory(folder);
        new TrainedModel(trained.State, initial.Normalization, initial.ClassNames).Save(Path.Combine(folder, "model.safetensors"));
        var examples = GeneratedImages.Create(images.ClassCount, firstIndex: TrainingImages);
        for (int image = 0; image < examples.Count; image++)
        {
            using var file = File.Create(Path.Combine(folder, $"{examples.ClassNames[examples.Label(image)]}.ppm"));
            WritePpm(file, examples.Shape, examples.Image(image));
        }
    }

    private static void WritePpm(Stream file, ImageShape shape, ReadOnlySpan<byte> planes)
    {
        file.Write(Encoding.ASCII.GetBytes($"P6 {shape.Width} {shape.Height} 255\n"));
        for (int pixel = 0; pixel < shape.PlaneSize; pixel++)
        {
            for (int channel = 0; channel < shape.Channels; channel++)
            {
                file.WriteByte(planes[channel * shape.PlaneSize + pixel]);
            }
        }
    }
}

using MLNet.RandomPruning.Core.Tests.SparseEngine;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation.Robustness;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.SparseEngine;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Evaluation.Robustness;

/// <summary>Images and models for the tests of robustness.</summary>
internal static class RobustnessSamples
{
    public static Network Network { get; } = ResNet.Parse("ResNet-8-4").Build(new ImageShape(3, 8, 8), 5);

    /// <summary>Random bytes, of which a quarter are 0 and a quarter 255.</summary>
    public static ImageSet Images(ImageShape shape, int count, int classes, int seed = 1)
    {
        var random = new Random(seed);
        var builder = new ImageSetBuilder(shape, [.. Enumerable.Range(0, classes).Select(k => $"class {k}")]);
        var pixels = new byte[shape.Size];
        for (int image = 0; image < count; image++)
        {
            for (int i = 0; i < pixels.Length; i++)
            {
                pixels[i] = (byte)Math.Clamp(random.Next(-256, 512), 0, 255);
            }

            builder.Add(pixels, image % classes);
        }

        return builder.Build();
    }

    public static SparseTrainingEngine Engine(int batchSize, int threads = 1, VectorWidth width = VectorWidth.Auto, double density = 0.5) =>
        new(TestNetworks.RandomState(Network, density, seed: 4), TestNetworks.Normalization, batchSize, threads, width);

    /// <summary>What a perturbation makes of all images of a set, in batches: [image][value].</summary>
    public static float[][] Perturb(ITrainingEngine model, ImageSet images, IPerturbation perturbation, int batchSize, long seed = 0, int threads = 1)
    {
        using var context = new PerturbationContext(model, images, batchSize, seed, threads);
        var found = new List<float[]>();
        foreach (int[] indices in Enumerable.Range(0, images.Count).Chunk(batchSize))
        {
            context.Batch.Fill(indices);
            perturbation.Perturb(context);
            found.AddRange(indices.Select((_, i) => context.Batch.Pixels(i).ToArray()));
        }

        return [.. found];
    }

    public static float[][] Clean(ImageSet images) =>
        [.. Enumerable.Range(0, images.Count).Select(index => images.Image(index).ToArray().Select(value => value / 255f).ToArray())];
}

/// <summary>
/// A model whose robustness is known on paper: the logit of class 1 is Σ wᵢ·(xᵢ − ½), that of class 0 is 0, and no other class is
/// ever chosen. Within ε the worst that can happen to the margin is ε·Σ|wᵢ|.
/// </summary>
internal sealed class LinearEngine(Network network, float[] weights) : ITrainingEngine
{
    public string Name => "Linear";

    public Network Network => network;

    public Action? BeforeGradients { get; set; }

    public int Predictions { get; private set; }

    public double Margin(ReadOnlySpan<float> pixels)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            sum += weights[i] * (pixels[i] - 0.5);
        }

        return sum;
    }

    public void Predict(ImageBatch batch, Span<float> logits)
    {
        Predictions++;
        var pixels = new float[batch.Shape.Size];
        for (int image = 0; image < batch.Count; image++)
        {
            batch.CopyPixels(image, pixels);
            var row = logits.Slice(image * network.ClassCount, network.ClassCount);
            row.Fill(-1000);
            row[0] = 0;
            row[1] = (float)Margin(pixels);
        }
    }

    public void InputGradients(ImageBatch batch, Span<float> gradients)
    {
        BeforeGradients?.Invoke();
        var pixels = new float[batch.Shape.Size];
        for (int image = 0; image < batch.Count; image++)
        {
            batch.CopyPixels(image, pixels);
            double probability = 1 / (1 + Math.Exp(-Margin(pixels)));
            for (int i = 0; i < pixels.Length; i++)
            {
                gradients[image * pixels.Length + i] = (float)((probability - (batch.Labels[image] == 1 ? 1 : 0)) * weights[i]);
            }
        }
    }

    public void Load(NetworkState state, NetworkState? momentum = null) => throw new NotSupportedException("It does not train.");

    public void Read(NetworkState state, NetworkState? momentum = null) => throw new NotSupportedException("It does not train.");

    public StepResult TrainStep(ImageBatch batch, in SgdStep step) => throw new NotSupportedException("It does not train.");

    public StepResult ComputeGradients(ImageBatch batch, float labelSmoothing, NetworkState gradients) => throw new NotSupportedException("It does not train.");

    public void Dispose()
    {
    }
}

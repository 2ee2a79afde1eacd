using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Pruning;

/// <summary>
/// Where the layer-wise ratios SNIP and GraSP take the saliency of weights from: training images, their normalisation and an
/// engine. Scores are a pure function of these, the network, the options and the seed. They are taken of a dense network with
/// fresh Xavier-normal weights and on images that are not augmented, and no weight that is trained later depends on them.
/// </summary>
public sealed class SaliencySource
{
    private readonly ImageSet _images;
    private readonly PixelNormalization _normalization;
    private readonly TrainingEngineFactory _engineFactory;
    private readonly int _numberOfThreads;
    private readonly SaliencyOptions _options;

    /// <summary>Names what saliency is measured with; nothing is computed yet.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="normalization">Mean and standard deviation of their pixels.</param>
    /// <param name="engineFactory">Makes the engine; GraSP needs one that is an <see cref="IHessianEngine"/>.</param>
    /// <param name="numberOfThreads">How many threads the engine may use, at least 1; has no influence on the scores of the sparse engine.</param>
    /// <param name="options">How to measure; null for the defaults.</param>
    /// <exception cref="ArgumentException">There are fewer than two images, or an option is out of range.</exception>
    public SaliencySource(
        ImageSet images, PixelNormalization normalization, TrainingEngineFactory engineFactory, int numberOfThreads, SaliencyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(normalization);
        ArgumentNullException.ThrowIfNull(engineFactory);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(numberOfThreads);
        if (images.Count < 2)
        {
            throw new ArgumentException($"The saliency of weights takes at least two training images, but there {(images.Count == 1 ? "is one" : "are none")}.", nameof(images));
        }

        _images = images;
        _normalization = normalization;
        _engineFactory = engineFactory;
        _numberOfThreads = numberOfThreads;
        _options = options ?? new SaliencyOptions();
        _options.Validate();
    }

    /// <summary>The score of each weight of a network by the definition of <see cref="SaliencyKind"/>.</summary>
    /// <param name="network">The network; for images of the set's shape and at least its number of classes.</param>
    /// <param name="kind">The measure.</param>
    /// <param name="seed">The seed of the weights and of the choice of images.</param>
    /// <param name="cancellationToken">Checked several times on the way.</param>
    /// <returns>A state without pruned weights whose weight tensors hold the scores; all other tensors are zero.</returns>
    /// <exception cref="ArgumentException">The images do not fit the network.</exception>
    /// <exception cref="NotSupportedException">GraSP was asked for and the engine gives no second derivatives.</exception>
    /// <exception cref="InvalidOperationException">A score is not a finite number.</exception>
    public NetworkState Scores(Network network, SaliencyKind kind, long seed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (_images.Shape != network.InputShape || _images.ClassCount > network.ClassCount)
        {
            throw new ArgumentException(
                $"{network.Name} was made for images of {network.InputShape} in {network.ClassCount} classes, but the training images are {_images.Shape} in {_images.ClassCount} classes.", nameof(network));
        }

        cancellationToken.ThrowIfCancellationRequested();
        long weightSeed = (long)new KeyedRandom(seed, RandomPurpose.Saliency, "weights").NextUInt64();
        var weights = WeightInitializer.XavierNormal.Create(NetworkMask.Dense(network), weightSeed);
        int[][] parts = kind switch
        {
            SaliencyKind.Snip => [SaliencySamples.Batch(_images, _options.BatchSize, seed)],
            SaliencyKind.Grasp => SaliencySamples.Parts(SaliencySamples.OfEachClass(_images, _options.SamplesPerClass, seed), _options.MaximumPartSize),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), $"There is no saliency {kind}; it is one of {string.Join(", ", Enum.GetNames<SaliencyKind>())}."),
        };
        var scores = kind == SaliencyKind.Snip ? Snip(weights, parts, cancellationToken) : Grasp(weights, parts, cancellationToken);
        foreach (var tensor in scores.Tensors)
        {
            if (!Array.TrueForAll(tensor.Values, float.IsFinite))
            {
                throw new InvalidOperationException($"The {kind} scores of layer '{tensor.Layer.Name}' are not finite numbers; look at the pixels and their normalisation.");
            }
        }

        return scores;
    }

    private NetworkState Snip(NetworkState weights, int[][] parts, CancellationToken cancellationToken)
    {
        using var engine = _engineFactory(weights, _normalization, parts.Max(part => part.Length), _numberOfThreads);
        var scores = new NetworkState(weights.Mask);
        AddOverParts(scores, parts, cancellationToken, (batch, part) => engine.ComputeGradients(batch, labelSmoothing: 0, part));
        return Combine(scores, weights, (gradient, weight) => Math.Abs(gradient * weight));
    }

    // Dividing the logits by T is the same as dividing the last layer's weights by T. With W' = W/T the chain rule gives
    // ∂/∂W = (1/T)·∂/∂W', so the gradient of the last layer takes one factor 1/T, and a direction becomes v' = v/T.
    private NetworkState Grasp(NetworkState weights, int[][] parts, CancellationToken cancellationToken)
    {
        float inverse = (float)(1 / _options.Temperature);
        string head = $"{weights.Network.WeightLayers[^1].Name}.weight";
        var tempered = weights.Clone();
        Scale(tempered[head], inverse);
        using var engine = _engineFactory(tempered, _normalization, parts.Max(part => part.Length), _numberOfThreads);
        if (engine is not IHessianEngine hessian)
        {
            throw new NotSupportedException($"GraSP takes second derivatives of the loss, which the engine {engine.Name} does not give; use another engine.");
        }

        var gradient = new NetworkState(weights.Mask);
        AddOverParts(gradient, parts, cancellationToken, (batch, part) => engine.ComputeGradients(batch, labelSmoothing: 0, part));
        Scale(gradient[head], inverse);
        var direction = gradient;
        Scale(direction[head], inverse);
        var product = new NetworkState(weights.Mask);
        AddOverParts(product, parts, cancellationToken, (batch, part) => hessian.HessianVectorProduct(batch, direction, part, cancellationToken));
        Scale(product[head], inverse);
        return Combine(product, weights, (hessianGradient, weight) => -weight * hessianGradient);
    }

    private void AddOverParts(NetworkState sum, int[][] parts, CancellationToken cancellationToken, Action<ImageBatch, NetworkState> compute)
    {
        var batch = new AugmentedBatch(_images, parts.Max(part => part.Length));
        var part = new NetworkState(sum.Mask);
        foreach (int[] indices in parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            batch.Fill(indices);
            compute(batch, part);
            foreach (var (total, term) in sum.Tensors.Zip(part.Tensors))
            {
                for (int i = 0; i < total.Values.Length; i++)
                {
                    total.Values[i] += term.Values[i];
                }
            }
        }
    }

    private static NetworkState Combine(NetworkState values, NetworkState weights, Func<float, float, float> score)
    {
        foreach (var tensor in values.Tensors)
        {
            if (tensor.Kind != StateTensorKind.Weight)
            {
                Array.Clear(tensor.Values);
                continue;
            }

            float[] weight = weights[tensor.Name];
            for (int i = 0; i < weight.Length; i++)
            {
                tensor.Values[i] = score(tensor.Values[i], weight[i]);
            }
        }

        return values;
    }

    private static void Scale(float[] values, float factor)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] *= factor;
        }
    }
}

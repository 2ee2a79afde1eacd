using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Training;

/// <summary>
/// What trains and evaluates one masked network. Given the same state and the same batches, all engines give the same losses
/// and gradients within float tolerance. The loss is the mean over the batch of the cross-entropy of the softmax, with label
/// smoothing when asked. Not for use by two threads at once.
/// </summary>
public interface ITrainingEngine : IDisposable
{
    /// <summary>The engine's name, for example <c>Sparse</c>.</summary>
    string Name { get; }

    /// <summary>The network that it trains.</summary>
    Network Network { get; }

    /// <summary>
    /// Puts weights, statistics and, when given, the optimiser's momentum into the engine; without momentum it starts from zero. The
    /// state may have other masks than the one before, of the same network: the engine then goes on with these.
    /// </summary>
    void Load(NetworkState state, NetworkState? momentum = null);

    /// <summary>Copies weights, statistics and, when asked, the optimiser's momentum out of the engine.</summary>
    void Read(NetworkState state, NetworkState? momentum = null);

    /// <summary>
    /// One step of training: forward with the batch's own statistics, backward, and an update of the kept weights, biases,
    /// batch-norm parameters and running statistics.
    /// </summary>
    StepResult TrainStep(ImageBatch batch, in SgdStep step);

    /// <summary>
    /// The gradient of the loss with respect to all trainable tensors, in training mode (the batch's own statistics).
    /// Changes neither weights nor running statistics.
    /// </summary>
    StepResult ComputeGradients(ImageBatch batch, float labelSmoothing, NetworkState gradients);

    /// <summary>
    /// The gradient of the same loss as <see cref="ComputeGradients"/> with respect to all weights of the weight layers, the pruned ones
    /// too, which are zero: what the loss would gain from a weight that comes back. Changes neither weights nor running
    /// statistics. Costs as much as a dense layer's weight gradient, so it is for the few steps at which masks change.
    /// </summary>
    /// <param name="batch">The batch, with labels.</param>
    /// <param name="labelSmoothing">As in <see cref="SgdStep.LabelSmoothing"/>.</param>
    /// <param name="gradients">Takes one array for each of <see cref="Network.WeightLayers"/>, in their order, of all the layer's weights in row-major order.</param>
    /// <exception cref="NotSupportedException">The engine cannot compute them, or the masks take channels out of the network.</exception>
    StepResult ComputeDenseGradients(ImageBatch batch, float labelSmoothing, IReadOnlyList<float[]> gradients) =>
        throw new NotSupportedException($"The engine {Name} gives no gradients of pruned weights.");

    /// <summary>
    /// The Euclidean norm of the gradient of each weight layer's kept weights in the last <see cref="TrainStep"/> or
    /// <see cref="ComputeGradients"/>, so that the root of the sum of their squares is <see cref="StepResult.GradientNorm"/>.
    /// Only asked for when someone wants to see them; allocates nothing.
    /// </summary>
    /// <param name="norms">Takes one value for each of <see cref="Network.WeightLayers"/>, in their order.</param>
    /// <exception cref="NotSupportedException">The engine does not know them.</exception>
    void LayerGradientNorms(Span<double> norms) => throw new NotSupportedException($"The engine {Name} gives no gradient norm for each layer.");

    /// <summary>The logits of a batch in prediction mode (running statistics), row-major [images, classes].</summary>
    void Predict(ImageBatch batch, Span<float> logits);

    /// <summary>
    /// The gradient of the sum over the batch of the cross-entropy with respect to the pixels in [0, 1], in prediction mode,
    /// row-major [images, channels, rows, columns]. Pixel normalisation is part of the model.
    /// </summary>
    void InputGradients(ImageBatch batch, Span<float> gradients);
}

/// <summary>Makes an engine for a masked network.</summary>
/// <param name="initial">The network, its masks and its first weights.</param>
/// <param name="normalization">Mean and standard deviation of the pixels; part of the model.</param>
/// <param name="maximumBatchSize">The most images that a batch will hold.</param>
/// <param name="numberOfThreads">How many threads the engine may use; at least 1.</param>
public delegate ITrainingEngine TrainingEngineFactory(
    NetworkState initial, PixelNormalization normalization, int maximumBatchSize, int numberOfThreads);

/// <summary>The settings of one step of stochastic gradient descent.</summary>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="Momentum">The momentum μ: v ← μ·v + g.</param>
/// <param name="Nesterov">Whether the step is along g + μ·v instead of v.</param>
/// <param name="WeightDecay">λ of g ← g + λ·w.</param>
/// <param name="DecayNormAndBias">Whether weight decay also acts on batch-norm parameters and biases.</param>
/// <param name="LabelSmoothing">The share of the target that is spread evenly over all classes, from 0 to below 1.</param>
public readonly record struct SgdStep(
    float LearningRate, float Momentum, bool Nesterov, float WeightDecay, bool DecayNormAndBias = true, float LabelSmoothing = 0);

/// <summary>What one step found.</summary>
/// <param name="Loss">The mean loss over the batch, before the update.</param>
/// <param name="CorrectCount">How many images were classified correctly, before the update.</param>
/// <param name="GradientNorm">The Euclidean norm of the loss gradient over the kept weights (no weight decay in it).</param>
public readonly record struct StepResult(double Loss, int CorrectCount, double GradientNorm);

using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Pruning;

/// <summary>The state that an engine was made with, and the batches that it took gradients and Hessian products of.</summary>
internal sealed class EngineRecord
{
    public NetworkState? Initial { get; set; }

    public List<(double[][] Pixels, int[] Labels)> GradientBatches { get; } = [];

    public List<(double[][] Pixels, int[] Labels)> HessianBatches { get; } = [];

    public static (double[][] Pixels, int[] Labels) Copy(ImageBatch batch)
    {
        var pixels = new float[batch.Shape.Size];
        return ([.. Enumerable.Range(0, batch.Count).Select(image =>
        {
            batch.CopyPixels(image, pixels);
            return pixels.Select(pixel => (double)pixel).ToArray();
        })], batch.Labels.ToArray());
    }
}

/// <summary>Passes everything on to an engine without second derivatives, and writes down what it is asked.</summary>
internal class RecordingEngine(ITrainingEngine inner, EngineRecord record) : ITrainingEngine
{
    public string Name => "Recording";

    public Network Network => inner.Network;

    public void Load(NetworkState state, NetworkState? momentum = null) => inner.Load(state, momentum);

    public void Read(NetworkState state, NetworkState? momentum = null) => inner.Read(state, momentum);

    public StepResult TrainStep(ImageBatch batch, in SgdStep step) => inner.TrainStep(batch, step);

    public StepResult ComputeGradients(ImageBatch batch, float labelSmoothing, NetworkState gradients)
    {
        Assert.AreEqual(0, labelSmoothing);
        record.GradientBatches.Add(EngineRecord.Copy(batch));
        return inner.ComputeGradients(batch, labelSmoothing, gradients);
    }

    public void Predict(ImageBatch batch, Span<float> logits) => inner.Predict(batch, logits);

    public void InputGradients(ImageBatch batch, Span<float> gradients) => inner.InputGradients(batch, gradients);

    public void Dispose()
    {
        inner.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>The same with second derivatives.</summary>
internal sealed class RecordingHessianEngine(IHessianEngine inner, EngineRecord record) : RecordingEngine(inner, record), IHessianEngine
{
    private readonly IHessianEngine _inner = inner;
    private readonly EngineRecord _record = record;

    public void HessianVectorProduct(ImageBatch batch, NetworkState direction, NetworkState product, CancellationToken cancellationToken = default)
    {
        _record.HessianBatches.Add(EngineRecord.Copy(batch));
        _inner.HessianVectorProduct(batch, direction, product, cancellationToken);
    }
}

using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.Core.Tests.Training;

/// <summary>Passes everything on to an engine, which it owns, and calls back.</summary>
internal sealed class WatchedEngine(ITrainingEngine inner) : ITrainingEngine
{
    private int _steps;

    /// <summary>Called before each step with its number, counted from 1.</summary>
    public Action<int>? BeforeStep { get; init; }

    /// <summary>Called in the place of each load, with the engine that is to be loaded.</summary>
    public Action<ITrainingEngine, NetworkState, NetworkState?>? OnLoad { get; init; }

    public string Name => inner.Name;

    public Network Network => inner.Network;

    public void Load(NetworkState state, NetworkState? momentum = null)
    {
        if (OnLoad is null)
        {
            inner.Load(state, momentum);
        }
        else
        {
            OnLoad(inner, state, momentum);
        }
    }

    public void Read(NetworkState state, NetworkState? momentum = null) => inner.Read(state, momentum);

    public StepResult TrainStep(ImageBatch batch, in SgdStep step)
    {
        BeforeStep?.Invoke(++_steps);
        return inner.TrainStep(batch, step);
    }

    public StepResult ComputeGradients(ImageBatch batch, float labelSmoothing, NetworkState gradients) => inner.ComputeGradients(batch, labelSmoothing, gradients);

    public StepResult ComputeDenseGradients(ImageBatch batch, float labelSmoothing, IReadOnlyList<float[]> gradients) =>
        inner.ComputeDenseGradients(batch, labelSmoothing, gradients);

    public void Predict(ImageBatch batch, Span<float> logits) => inner.Predict(batch, logits);

    public void InputGradients(ImageBatch batch, Span<float> gradients) => inner.InputGradients(batch, gradients);

    public void Dispose() => inner.Dispose();
}

using MLNet.RandomPruning.Training;

namespace MLNet.RandomPruning.SparseEngine;

/// <summary>One trainable tensor in the engine: its values, their gradient and their momentum.</summary>
internal sealed class Parameter(string name, StateTensorKind kind, int length)
{
    public string Name { get; } = name;

    public StateTensorKind Kind { get; } = kind;

    public PinnedArray<float> Values { get; } = new(length);

    public float[] Gradient { get; } = new float[length];

    public float[] Momentum { get; } = new float[length];

    /// <summary>
    /// One step of stochastic gradient descent as PyTorch defines it (torch.optim.SGD): g ← g + λ·w, v ← μ·v + g,
    /// w ← w − rate·(g + μ·v with Nesterov, else v).
    /// </summary>
    public void Step(in SgdStep step)
    {
        float decay = Kind == StateTensorKind.Weight || step.DecayNormAndBias ? step.WeightDecay : 0;
        float rate = step.LearningRate, momentum = step.Momentum;
        Span<float> values = Values.Array, gradients = Gradient, velocities = Momentum;
        for (int i = 0; i < values.Length; i++)
        {
            float gradient = gradients[i] + decay * values[i];
            float velocity = momentum * velocities[i] + gradient;
            velocities[i] = velocity;
            values[i] -= rate * (step.Nesterov ? gradient + momentum * velocity : velocity);
        }
    }
}

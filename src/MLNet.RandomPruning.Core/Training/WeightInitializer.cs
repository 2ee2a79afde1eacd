using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Training;

/// <summary>
/// How the first weights are drawn. The value at each position of the full weight tensor is a pure function of the seed, the
/// layer's name and the position, so that it does not depend on which other weights are kept. Each initialiser is one small
/// class with an entry in the registry below.
/// </summary>
public abstract class WeightInitializer
{
    private static readonly WeightInitializer[] Registry = [new KaimingNormalInitializer()];

    /// <summary>Kaiming normal, the one that is used when none is named.</summary>
    public static WeightInitializer KaimingNormal => Registry[0];

    /// <summary>The names of all initialisers.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Registry.Select(initializer => initializer.Name)];

    /// <summary>The initialiser's name in the registry.</summary>
    public abstract string Name { get; }

    /// <summary>Finds an initialiser by its name, in any case.</summary>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public static WeightInitializer Parse(string name) =>
        Registry.FirstOrDefault(initializer => string.Equals(initializer.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"'{name}' is not a known weight initialiser: allowed are {string.Join(", ", Names)}.", nameof(name));

    /// <summary>
    /// The first state of a masked network: kept weights as drawn, biases and batch-norm β 0, batch-norm γ 1, running means 0,
    /// running variances 1.
    /// </summary>
    /// <param name="mask">The network and which of its weights are kept.</param>
    /// <param name="seed">The seed of the weights.</param>
    public NetworkState Create(NetworkMask mask, long seed)
    {
        var state = new NetworkState(mask);
        foreach (var tensor in state.Tensors)
        {
            if (tensor.Kind == StateTensorKind.Weight)
            {
                Draw((WeightLayer)tensor.Layer, mask[tensor.Layer.Name].KeptIndices(), seed, tensor.Values);
            }
            else if (tensor.Kind is StateTensorKind.Scale or StateTensorKind.RunningVariance)
            {
                Array.Fill(tensor.Values, 1f);
            }
        }

        return state;
    }

    /// <summary>Draws the weights of one layer at some positions.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="positions">Row-major positions in the full weight tensor.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="values">Takes one value a position.</param>
    private protected abstract void Draw(WeightLayer layer, ReadOnlySpan<int> positions, long seed, Span<float> values);
}

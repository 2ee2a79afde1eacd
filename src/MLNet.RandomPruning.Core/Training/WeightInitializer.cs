using MLNet.RandomPruning.Pruning;

namespace MLNet.RandomPruning.Training;

/// <summary>
/// How the first weights are drawn. The value at each position of the full weight tensor is a pure function of the seed, the
/// layer's name and the position, so that it does not depend on which other weights are kept; only
/// <see cref="KaimingNormalByDensity"/> scales all weights of a layer with the share that is kept. Where masks take channels out of
/// the network (<see cref="NetworkMask.RemovesChannels"/>) fan-in, fan-out and share are those of the narrower
/// network that is left: a filter that does not exist feeds nobody. The stream of random numbers is that of the position in the
/// full tensor there too, so that only the scale differs; only <see cref="Orthogonal"/> makes another, smaller matrix. Each
/// initialiser is one small class with an entry in the registry below.
/// </summary>
public abstract class WeightInitializer
{
    /// <summary>
    /// Kaiming normal, the one that is used when none is named: normal with mean 0 and variance 2/fan-in, where the fan-in counts all
    /// weights that feed an output, pruned ones too (He et al., "Delving deep into rectifiers", ICCV 2015, equation 10).
    /// </summary>
    public static WeightInitializer KaimingNormal { get; } = new KaimingNormalInitializer();

    /// <summary>
    /// Kaiming normal for the weights that are there: variance 2/(fan-in·density) with the layer's own density, so that an output
    /// keeps the variance that it has in the dense network (Liu et al., ICLR 2022, code).
    /// </summary>
    public static WeightInitializer KaimingNormalByDensity { get; } = new KaimingNormalByDensityInitializer();

    /// <summary>Kaiming uniform: uniform from −b to b with b = √(6/fan-in), which has the variance 2/fan-in too (He et al., ICCV 2015).</summary>
    public static WeightInitializer KaimingUniform { get; } = new KaimingUniformInitializer();

    /// <summary>
    /// Xavier normal: normal with mean 0 and variance 2/(fan-in + fan-out) (Glorot and Bengio, "Understanding the difficulty of
    /// training deep feedforward neural networks", AISTATS 2010, equation 12). The saliency of weights is measured with it.
    /// </summary>
    public static WeightInitializer XavierNormal { get; } = new XavierNormalInitializer();

    /// <summary>
    /// Orthogonal: the rows of the layer's matrix of outputs × fan-in weights, or its columns where they are fewer, are orthogonal and
    /// of length √2, the gain for rectifiers; drawn evenly from all such matrices (Saxe et al., "Exact solutions to the nonlinear
    /// dynamics of learning in deep linear neural networks", ICLR 2014). The whole matrix is made and the kept weights
    /// taken from it, so a weight still does not depend on which others are kept.
    /// </summary>
    public static WeightInitializer Orthogonal { get; } = new OrthogonalInitializer();

    /// <summary>
    /// Binary: √(2/fan-in) or −√(2/fan-in), each with probability ½; the signed Kaiming constant (Ramanujan et al., "What's hidden in a
    /// randomly weighted neural network?", CVPR 2020, section 4).
    /// </summary>
    public static WeightInitializer Binary { get; } = new BinaryInitializer();

    private static readonly WeightInitializer[] Registry = [KaimingNormal, KaimingNormalByDensity, KaimingUniform, XavierNormal, Orthogonal, Binary];

    /// <summary>The names of all initialisers.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Registry.Select(initializer => initializer.Name)];

    /// <summary>The initialiser's name in the registry.</summary>
    public abstract string Name { get; }

    /// <summary>All initialisers.</summary>
    public static IReadOnlyList<WeightInitializer> All => Registry;

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
        int layer = 0;
        foreach (var tensor in state.Tensors)
        {
            if (tensor.Kind == StateTensorKind.Weight)
            {
                Draw(new WeightPositions(mask, layer++, seed), tensor.Values);
            }
            else if (tensor.Kind is StateTensorKind.Scale or StateTensorKind.RunningVariance)
            {
                Array.Fill(tensor.Values, 1f);
            }
        }

        return state;
    }

    /// <summary>Finds an initialiser by its name; see <see cref="Parse"/>.</summary>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public static implicit operator WeightInitializer(string name) => Parse(name);

    /// <summary>The initialiser's name.</summary>
    public sealed override string ToString() => Name;

    /// <summary>Draws the weights of one layer at some positions.</summary>
    /// <param name="positions">The layer, the positions and their streams of random numbers.</param>
    /// <param name="values">Takes one value a position.</param>
    private protected abstract void Draw(in WeightPositions positions, Span<float> values);

    /// <summary>Fills values with normal draws of a standard deviation, one stream a position.</summary>
    private protected static void DrawNormal(in WeightPositions positions, double deviation, Span<float> values)
    {
        for (int index = 0; index < positions.Count; index++)
        {
            values[index] = (float)(deviation * positions.RandomOf(index).NextGaussian());
        }
    }
}

using System.Globalization;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning.Granularities;
using MLNet.RandomPruning.Pruning.Ratios;

namespace MLNet.RandomPruning.Pruning;

/// <summary>
/// How the overall density of a network is spread over its layers (Liu et al., "The unreasonable effectiveness of random
/// pruning", ICLR 2022, section 3). Convolution and linear weights take part; biases and batch-norm parameters do not.
/// </summary>
public abstract class LayerwiseRatio
{
    /// <summary>
    /// ERK, the Erdős–Rényi kernel ratio (Evci et al., "Rigging the lottery", ICML 2020): density_l = ε·Σ(s_l)/Π(s_l) over all
    /// dimensions s_l of the layer's weights, at most 1.
    /// </summary>
    public static LayerwiseRatio ErdosRenyiKernel { get; } = new ErdosRenyiKernelRatio();

    /// <summary>ERK+: the last linear layer stays dense and the rest of the budget is spread by ERK.</summary>
    public static LayerwiseRatio ErdosRenyiKernelPlus { get; } = new ErdosRenyiKernelPlusRatio(lastLayerDensity: 1);

    /// <summary>
    /// ER, the Erdős–Rényi ratio (Mocanu et al., Nature Communications 2018): as ERK, but from the numbers of outputs and
    /// inputs only, without the kernel's rows and columns.
    /// </summary>
    public static LayerwiseRatio ErdosRenyi { get; } = new ErdosRenyiRatio();

    /// <summary>Uniform: each layer has the overall density.</summary>
    public static LayerwiseRatio Uniform { get; } = new UniformRatio();

    /// <summary>
    /// Uniform+ (Gale et al., "The state of sparsity in deep neural networks", 2019): the first convolution dense, the last
    /// linear layer at least 20 % dense, the others share what is left evenly.
    /// </summary>
    public static LayerwiseRatio UniformPlus { get; } = new UniformPlusRatio();

    /// <summary>Dense: nothing is pruned; only for sparsity 0.</summary>
    public static LayerwiseRatio Dense { get; } = new DenseRatio();

    /// <summary>
    /// SNIP ratio: the share of each layer among the d·N weights with the largest |g ⊙ w|, measured on one batch of training images
    /// (<see cref="SaliencyKind.Snip"/>). Only the shares are used; positions are drawn at random.
    /// </summary>
    public static LayerwiseRatio Snip { get; } = new SaliencyRatio("SNIP", SaliencyKind.Snip);

    /// <summary>
    /// GraSP ratio: the share of each layer among the weights that are left when the (1 − d)·N with the largest −w ⊙ Hg are
    /// removed, measured on some training images of each class (<see cref="SaliencyKind.Grasp"/>). Only the shares are used;
    /// positions are drawn at random.
    /// </summary>
    public static LayerwiseRatio Grasp { get; } = new SaliencyRatio("GraSP", SaliencyKind.Grasp);

    /// <summary>The ratios that are named without anything in brackets, each once.</summary>
    public static IReadOnlyList<LayerwiseRatio> All => LayerwiseRatioRegistry.Named;

    /// <summary>The ratio's name, which <see cref="Parse"/> reads back, for example <c>ERK</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the ratio gives the sparsity itself, as a custom map does; the sparsity that a caller asks for is then not looked at.</summary>
    public virtual bool DeterminesSparsity => false;

    /// <summary>
    /// Whether the ratio is measured on training images, as SNIP and GraSP are; masks are then made with a
    /// <see cref="SaliencySource"/>. At sparsity 0 it needs none.
    /// </summary>
    public virtual bool NeedsTrainingImages => false;

    /// <summary>ERK+ with the last linear layer at a given density instead of dense.</summary>
    /// <param name="lastLayerDensity">Above 0 and at most 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The density is out of range.</exception>
    public static LayerwiseRatio ErdosRenyiKernelPlusWith(double lastLayerDensity) =>
        lastLayerDensity == 1 ? ErdosRenyiKernelPlus : new ErdosRenyiKernelPlusRatio(CheckDensity(lastLayerDensity, "the last layer"));

    /// <summary>
    /// A density for each layer by its name. The map alone decides the overall density. Each layer takes the first pattern that
    /// matches its whole name, where <c>*</c> stands for any text: <c>("conv", 1), ("blocks.*", 0.05), ("fc", 0.5)</c>.
    /// The name of such a ratio holds the whole map, for example <c>Custom(conv=1,blocks.*=0.05,fc=0.5)</c>, so that it can be
    /// parsed and masks made with it can be made again.
    /// </summary>
    /// <param name="densities">Patterns of layer names, each with a density above 0 and at most 1; a layer that none matches stays dense.</param>
    /// <exception cref="ArgumentException">The map is empty, a pattern is empty or not a pattern of layer names, or a density is out of range.</exception>
    public static LayerwiseRatio Custom(params (string Pattern, double Density)[] densities) => new CustomRatio(densities);

    /// <summary>A density for each layer by its name; see <see cref="Custom(ValueTuple{string, double}[])"/>. Patterns are tried in the order in which the map gives them.</summary>
    /// <exception cref="ArgumentException">The map is empty, a pattern is empty or not a pattern of layer names, or a density is out of range.</exception>
    public static LayerwiseRatio Custom(IEnumerable<KeyValuePair<string, double>> densities)
    {
        ArgumentNullException.ThrowIfNull(densities);
        return new CustomRatio([.. densities.Select(pair => (pair.Key, pair.Value))]);
    }

    /// <summary>Finds a ratio by its name, in any case: ERK, ERK+, ERK+(density of the last layer), ER, Uniform, Uniform+, Dense, SNIP, GraSP or Custom(pattern=density, ...).</summary>
    /// <exception cref="ArgumentException">There is no ratio of this name; the message lists them.</exception>
    public static LayerwiseRatio Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return LayerwiseRatioRegistry.Find(name);
    }

    /// <summary>Finds a ratio by its name; see <see cref="Parse"/>.</summary>
    /// <exception cref="ArgumentException">There is no ratio of this name; the message lists them.</exception>
    public static implicit operator LayerwiseRatio(string name) => Parse(name);

    /// <summary>
    /// The density of each layer, in the order of <see cref="Network.WeightLayers"/>, each from 0 to 1, so that
    /// Σ density_l·n_l = d·N.
    /// </summary>
    /// <exception cref="PruningBudgetException">No such densities exist.</exception>
    /// <exception cref="ArgumentException">The ratio is measured on training images, and the context has none.</exception>
    public abstract IReadOnlyList<double> Densities(LayerwiseRatioContext context);

    /// <summary>
    /// How many weights each layer keeps, in the order of <see cref="Network.WeightLayers"/>: whole numbers by the largest
    /// remainders around density_l·n_l that sum to exactly round((1 − sparsity)·N), halves rounded up.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="sparsity">The fraction of weights to prune, from 0 to below 1, taken as a decimal number of up to 15 digits.</param>
    /// <param name="saliency">The saliency of the network's weights; only for a ratio that is measured on training images.</param>
    /// <exception cref="ArgumentOutOfRangeException">The sparsity is out of range.</exception>
    /// <exception cref="PruningBudgetException">The ratio cannot reach this sparsity on this network, or a layer would keep no weight.</exception>
    /// <exception cref="ArgumentException">The ratio is measured on training images, and no saliency is given.</exception>
    public IReadOnlyList<int> KeptCounts(Network network, double sparsity, NetworkSaliency? saliency = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        return LayerBudget.Solve(MaskUnits.Of(network, MaskGranularity.Unstructured), this, sparsity, saliency).KeptCounts;
    }

    /// <summary>The ratio's name.</summary>
    public sealed override string ToString() => Name;

    internal static double CheckDensity(double density, string what) => density is > 0 and <= 1
        ? density
        : throw new ArgumentOutOfRangeException(nameof(density), string.Create(CultureInfo.InvariantCulture, $"The density of {what} is {density}; it must be above 0 and at most 1."));

    internal static double ParseDensity(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double density)
            ? density
            : throw new ArgumentException($"'{text}' is not a density; a density is a number above 0 and at most 1, such as 0.05.");
}

namespace MLNet.RandomPruning.Models;

/// <summary>
/// In what form a model's file holds the kept weights of convolutions and linear layers. Biases, batch-norm parameters and running
/// statistics are float32 in every form: they are few, and an error of one of them moves a whole channel. Loading gives float32
/// whatever the form, and no form changes a mask: a kept weight that is rounded to zero stays kept.
/// </summary>
public enum ModelPrecision
{
    /// <summary>As they are: IEEE single precision, 4 bytes a weight.</summary>
    Float32,

    /// <summary>
    /// IEEE half precision, 2 bytes a weight, rounded to the nearest and to even between two: the relative error is at most 2⁻¹¹, or
    /// the absolute one at most 2⁻²⁵ below 2⁻¹⁴. A weight that would be rounded beyond ±65504 cannot be stored.
    /// </summary>
    Float16,

    /// <summary>
    /// Whole numbers from −127 to 127, 1 byte a weight, times a float32 scale for each output of the layer: ŵ = q·scale with
    /// q = round(w ÷ scale), so that |w − ŵ| ≤ scale ÷ 2. The scale is the largest |w| among the output's kept weights ÷ K, with 16
    /// significant bits, where K is that of the numbers 127, 126, ..., 64 that leaves the smallest Σ(w − ŵ)²; of an output whose kept
    /// weights are all zero, or that has none, it is 0. Products q·scale are exact, so a loaded model that is saved
    /// again in this form keeps its values. The scales take 4 bytes an output: where outputs keep a handful of weights each, the file is hardly
    /// smaller than with <see cref="Float16"/>.
    /// </summary>
    Int8,
}

namespace MLNet.RandomPruning.Onnx;

/// <summary>What an exported network reads, and how its weights are stored.</summary>
public sealed record OnnxExportOptions
{
    private const float DefaultPixelMinimum = 0, DefaultPixelMaximum = byte.MaxValue;

    /// <summary>The type of the pixels that the network reads; bytes unless set.</summary>
    public OnnxPixelType PixelType { get; set; } = OnnxPixelType.Byte;

    /// <summary>The value of a float pixel of no strength, below <see cref="PixelMaximum"/>; null for 0. Bytes range from 0 to 255 whatever this is.</summary>
    public float? PixelMinimum { get; set; }

    /// <summary>
    /// The value of a float pixel of full strength; null for 255. Pixels become [0, 1] by (pixel − minimum)/(maximum − minimum), and then
    /// the model's normalisation applies, all inside the graph. Bytes range from 0 to 255 whatever this is.
    /// </summary>
    public float? PixelMaximum { get; set; }

    /// <summary>
    /// Whether the input is [batch, rows, columns, channels], as image libraries give colours, and is transposed inside the graph; false or null for
    /// [batch, channels, rows, columns].
    /// </summary>
    public bool? InterleavedColors { get; set; }

    /// <summary>
    /// Whether batch normalisation stays as nodes of its own, for those who want to train on or to look at its statistics, rather than being
    /// folded into the weights and biases of the convolutions.
    /// </summary>
    public bool KeepBatchNorm { get; set; }

    /// <summary>
    /// Whether weights are stored sparsely: the kept values and the places where they stand, as constants with a <c>sparse_value</c>. A place takes eight
    /// bytes, so a layer that would not become smaller by it, with a density of a third or more, or a ninth in eight bits, stays dense. Runtimes make the
    /// tensors dense when they load the file; what becomes smaller is the file.
    /// </summary>
    public bool SparseInitializers { get; set; }

    /// <summary>
    /// Whether the weights of convolutions and linear layers are stored in eight bits, with one float scale an output channel: the very values of a model
    /// file of <see cref="Models.ModelPrecision.Int8"/>. DequantizeLinear multiplies them out inside the graph. Biases and batch-norm stay
    /// float, and so does all computation.
    /// </summary>
    public bool Int8Weights { get; set; }

    /// <summary>The range of pixels of the chosen type.</summary>
    internal (double Minimum, double Maximum) PixelRange =>
        PixelType == OnnxPixelType.Byte ? (byte.MinValue, byte.MaxValue) : (PixelMinimum ?? DefaultPixelMinimum, PixelMaximum ?? DefaultPixelMaximum);

    /// <summary>Throws unless the options fit together.</summary>
    /// <exception cref="ArgumentException">They do not; the message names the option.</exception>
    internal void Validate(string parameter)
    {
        if (!Enum.IsDefined(PixelType))
        {
            throw new ArgumentException($"{nameof(PixelType)} is {PixelType}; it is one of {string.Join(", ", Enum.GetNames<OnnxPixelType>())}.", parameter);
        }

        var (minimum, maximum) = PixelRange;
        if (!double.IsFinite(minimum) || !double.IsFinite(maximum) || minimum >= maximum)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Pixels range from {nameof(PixelMinimum)} {(float)minimum} to {nameof(PixelMaximum)} {(float)maximum}; both must be finite, and the first below the second."), parameter);
        }
    }
}

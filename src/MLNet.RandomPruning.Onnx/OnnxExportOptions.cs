namespace MLNet.RandomPruning.Onnx;

/// <summary>What an exported network reads, and how its weights are stored.</summary>
public sealed class OnnxExportOptions
{
    private const float DefaultPixelMinimum = 0, DefaultPixelMaximum = byte.MaxValue;

    /// <summary>The type of the pixels that the network reads; bytes unless set.</summary>
    public OnnxPixelType PixelType { get; set; } = OnnxPixelType.Byte;

    /// <summary>The value of a float pixel of no strength, 0 unless set; below <see cref="PixelMaximum"/>. For float pixels only: bytes range from 0 to 255.</summary>
    public float PixelMinimum { get; set; } = DefaultPixelMinimum;

    /// <summary>
    /// The value of a float pixel of full strength, 255 unless set; 1 for pixels from 0 to 1. Pixels become [0, 1] by
    /// (pixel − minimum)/(maximum − minimum), and then the model's normalisation applies, all inside the graph. For float pixels only.
    /// </summary>
    public float PixelMaximum { get; set; } = DefaultPixelMaximum;

    /// <summary>
    /// Whether the input is [batch, rows, columns, channels], as image libraries give colours, rather than
    /// [batch, channels, rows, columns]; it is then transposed inside the graph.
    /// </summary>
    public bool InterleavedColors { get; set; }

    /// <summary>
    /// Whether batch normalisation stays as nodes of its own, for those who want to train on or to look at its statistics, rather than being
    /// folded into the weights and biases of the convolutions.
    /// </summary>
    public bool KeepBatchNorm { get; set; }

    /// <summary>
    /// Whether weights are stored as ONNX's sparse initializers: the kept values and the places where they stand. An index takes eight
    /// bytes, so a layer that would not become smaller by it stays dense. Runtimes make the tensors dense when they load the file;
    /// what becomes smaller is the file.
    /// </summary>
    public bool SparseInitializers { get; set; }

    /// <summary>
    /// Whether the weights of convolutions and linear layers are stored in eight bits: whole numbers from −127 to 127 and one scale an
    /// output channel, max|w|/127, multiplied out in the graph by DequantizeLinear. Biases and batch-norm stay float, and all
    /// computation does.
    /// </summary>
    public bool Int8Weights { get; set; }

    /// <summary>Throws unless the options fit together.</summary>
    /// <exception cref="ArgumentException">They do not; the message names the option.</exception>
    internal void Validate(string parameter)
    {
        if (!Enum.IsDefined(PixelType))
        {
            throw new ArgumentException($"{nameof(PixelType)} is {PixelType}; it is one of {string.Join(", ", Enum.GetNames<OnnxPixelType>())}.", parameter);
        }

        if (PixelType == OnnxPixelType.Byte && (PixelMinimum != DefaultPixelMinimum || PixelMaximum != DefaultPixelMaximum))
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"{nameof(PixelMinimum)} and {nameof(PixelMaximum)} are {PixelMinimum} and {PixelMaximum}, but they are for float pixels, and bytes range from 0 to 255; set {nameof(PixelType)} to {OnnxPixelType.Float}, or leave them alone."), parameter);
        }

        if (!float.IsFinite(PixelMinimum) || !float.IsFinite(PixelMaximum) || PixelMinimum >= PixelMaximum)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Pixels range from {nameof(PixelMinimum)} {PixelMinimum} to {nameof(PixelMaximum)} {PixelMaximum}; both must be finite, and the first below the second."), parameter);
        }
    }
}

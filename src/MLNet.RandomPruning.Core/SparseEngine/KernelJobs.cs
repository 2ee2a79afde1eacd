namespace MLNet.RandomPruning.SparseEngine;

/// <summary>What <see cref="SparseKernels.Convolve"/> computes.</summary>
internal unsafe struct ConvolutionJob
{
    /// <summary>The input pixel that belongs to the first output pixel; offsets count from it.</summary>
    public float* Input;

    /// <summary>From one output row's input pixel to the next row's.</summary>
    public nint InputRow;

    /// <summary>The convolution's stride, in pixels of the input.</summary>
    public int Stride;

    /// <summary>The first pixel of the first output channel.</summary>
    public float* Output;

    /// <summary>From one output channel, row and pixel to the next.</summary>
    public nint OutputPlane, OutputRow, OutputPixel;

    /// <summary>The shape of the output.</summary>
    public int Rows, Columns;

    /// <summary>
    /// The lists: how many groups and output channels, each list's channel, where it and its pairs and lone taps start, where
    /// its taps look, and their values.
    /// </summary>
    public int Groups, Outputs;

    /// <inheritdoc cref="Groups"/>
    public int* Channels;

    /// <inheritdoc cref="Groups"/>
    public int* Starts;

    /// <inheritdoc cref="Groups"/>
    public int* PairStarts;

    /// <inheritdoc cref="Groups"/>
    public int* SingleStarts;

    /// <inheritdoc cref="Groups"/>
    public int* Offsets;

    /// <inheritdoc cref="Groups"/>
    public float* Values;

    /// <summary>The same lists, four output channels at a time; the number of fours is zero where there are none.</summary>
    public int Quads;

    /// <inheritdoc cref="Quads"/>
    public int* QuadStarts;

    /// <inheritdoc cref="Quads"/>
    public int* QuadOffsets;

    /// <inheritdoc cref="Quads"/>
    public float* QuadValues;

    /// <summary>[output channel]: added to every pixel; or null.</summary>
    public float* Biases;

    /// <summary>Added to each output, from planes laid out like the output; or null.</summary>
    public float* Residual;

    /// <summary>Whether the result is added to what stands in the output; there is no bias then.</summary>
    public bool Accumulate;

    /// <summary>Whether the rectifier is applied last.</summary>
    public bool Relu;

    /// <summary>A job along the taps of some lists.</summary>
    public ConvolutionJob(TapLists taps)
    {
        this = default;
        Groups = taps.Groups;
        Outputs = taps.Outputs;
        Channels = taps.Channels;
        Starts = taps.Starts;
        PairStarts = taps.PairStarts;
        SingleStarts = taps.SingleStarts;
        Offsets = taps.Offsets;
        Values = taps.Values;
        if (taps.Dense is { } dense)
        {
            Quads = dense.Quads;
            QuadStarts = dense.Starts;
            QuadOffsets = dense.Offsets;
            QuadValues = dense.Values;
        }

        Stride = 1;
    }

    /// <summary>A linear layer: a convolution of a single pixel.</summary>
    public static ConvolutionJob OfLinear(TapLists taps, float* input, float* output, float* biases = null) => new(taps)
    {
        Input = input,
        Output = output,
        Biases = biases,
        Rows = 1,
        Columns = 1,
        OutputPlane = SparseKernels.Lanes,
        OutputPixel = SparseKernels.Lanes,
    };
}

/// <summary>What <see cref="SparseKernels.WeightGradients"/> computes.</summary>
internal unsafe struct WeightGradientJob
{
    /// <summary>The length of <see cref="Scratch"/> in floats, whatever the layer: a transposed tile, or the sums of some taps for each image.</summary>
    public const int ScratchFloats = DenseKernels.TransposedFloats;

    /// <summary>The input pixel that belongs to the first output pixel; offsets count from it.</summary>
    public float* Input;

    /// <summary>From one output row's input pixel to the next row's.</summary>
    public nint InputRow;

    /// <summary>The convolution's stride, in pixels of the input.</summary>
    public int Stride;

    /// <summary>The gradient of the first output channel's first pixel; the pixels of a row stand side by side.</summary>
    public float* Gradient;

    /// <summary>From one channel and row of the gradient to the next.</summary>
    public nint GradientPlane, GradientRow;

    /// <summary>The shape of the gradient.</summary>
    public int Rows, Columns;

    /// <summary>The weights whose gradient is computed.</summary>
    public GradientLists Taps;

    /// <summary>Room for <see cref="ScratchFloats"/> floats, from the border of a cache line.</summary>
    public float* Scratch;

    /// <summary>Takes the sums in the order of <see cref="GradientLists.Places"/>.</summary>
    public float* Sums;

    /// <summary>Whether they are added to what stands there: the way to sum over bands of rows.</summary>
    public bool Accumulate;
}

using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Networks;
using MLNet.RandomPruning.Pruning;
using MLNet.RandomPruning.SparseEngine;

namespace MLNet.RandomPruning.Models;

/// <summary>
/// A trained model that says what images show: all that an app needs to score, without ML.NET. Pixels go in as bytes or as floats in
/// [0, 1], of one image or of any number of images one behind the other; probabilities, logits, class indices and out-of-distribution
/// scores come out. Any number of threads may call it at once. Calls allocate nothing once as many ran at a time as ever will, and
/// the answer for an image is the same bits alone and in any batch, on any number of threads and on every processor.
/// </summary>
/// <example>
/// <code>
/// using var model = PrunedModel.Load("model.safetensors");
/// var scores = new float[model.ClassCount];
/// int best = model.Classify(pixels, scores);
/// Console.WriteLine($"{model.ClassNames[best]}, {scores[best]:P1} sure");
/// </code>
/// </example>
public sealed unsafe partial class PrunedModel : IDisposable
{
    private readonly SparsePredictor _predictor;
    private readonly WorkspacePool<Call> _calls;
    private volatile bool _isDisposed;

    /// <summary>Makes a trained model ready to score.</summary>
    /// <param name="model">The model; its weights are copied.</param>
    /// <param name="options">How it will be called; null for planar pixels and one thread a call.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="NotSupportedException">The network has a layer that the engine has no code for.</exception>
    public PrunedModel(TrainedModel model, PrunedModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new PrunedModelOptions();
        if (options.NumberOfThreads < 1)
        {
            throw new ArgumentException($"{nameof(options.NumberOfThreads)} is {options.NumberOfThreads}; a call takes at least 1 thread.", nameof(options));
        }

        if (options.PixelLayout is not (PixelLayout.Planar or PixelLayout.Interleaved))
        {
            throw new ArgumentException($"{nameof(options.PixelLayout)} is {(int)options.PixelLayout}; it is {nameof(PixelLayout.Planar)} or {nameof(PixelLayout.Interleaved)}.", nameof(options));
        }

        Normalization = model.Normalization;
        ClassNames = model.ClassNames;
        PixelLayout = options.PixelLayout;
        NumberOfThreads = options.NumberOfThreads;
        _predictor = new SparsePredictor(model.State, model.Normalization);
        _calls = new WorkspacePool<Call>(() => new Call(InputShape, PixelLayout));
    }

    /// <summary>The network.</summary>
    public Network Network => _predictor.Network;

    /// <summary>Which weights are kept.</summary>
    public NetworkMask Mask => _predictor.Mask;

    /// <summary>The shape of the images: channels, rows, columns.</summary>
    public ImageShape InputShape => Network.InputShape;

    /// <summary>The number of classes, at least 2: an image's number of scores.</summary>
    public int ClassCount => Network.ClassCount;

    /// <summary>The name of each class, in the order of the scores.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>How pixels in [0, 1] become the network's input. Predicting does it; pixels are given as they are.</summary>
    public PixelNormalization Normalization { get; }

    /// <summary>In which order the values of an image are given.</summary>
    public PixelLayout PixelLayout { get; }

    /// <summary>How many threads may work on one call at most.</summary>
    public int NumberOfThreads { get; }

    /// <summary>Loads a model file: what <see cref="TrainedModel"/> saves and <c>randprune export --format model</c> write.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How the model will be called; null for planar pixels and one thread a call.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no model file, or it is damaged or cut short; the message names the path and says what is wrong and what to do.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static PrunedModel Load(string path, PrunedModelOptions? options = null) => new(TrainedModel.Load(path), options);

    /// <summary>Loads a model file from the stream's position to its end; the stream need not be seekable and stays open.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="options">How the model will be called; null for planar pixels and one thread a call.</param>
    /// <exception cref="InvalidDataException">It is no model file, or it is damaged or cut short; the message says what is wrong and what to do.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static PrunedModel Load(Stream stream, PrunedModelOptions? options = null) => new(TrainedModel.Load(stream), options);

    /// <summary>The probabilities of all classes for each image: the softmax of the logits, computed in double and rounded once.</summary>
    /// <param name="pixels">One or more images, each of <see cref="InputShape"/> in the order of <see cref="PixelLayout"/>.</param>
    /// <param name="scores">Takes images × classes values, row-major; may be longer.</param>
    /// <param name="cancellationToken">Stops between images.</param>
    /// <exception cref="ArgumentException">The pixels are not whole images, or there is too little room; the message says what was expected.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Predict(ReadOnlySpan<byte> pixels, Span<float> scores, CancellationToken cancellationToken = default)
    {
        int images = Check(pixels, scores);
        fixed (byte* first = pixels)
        {
            Probabilities(first, null, images, scores, cancellationToken);
        }
    }

    /// <summary>The probabilities of all classes for each image: the softmax of the logits, computed in double and rounded once.</summary>
    /// <param name="pixels">One or more images of values from 0 to 1, each of <see cref="InputShape"/> in the order of <see cref="PixelLayout"/>.</param>
    /// <param name="scores">Takes images × classes values, row-major; may be longer.</param>
    /// <param name="cancellationToken">Stops between images.</param>
    /// <exception cref="ArgumentException">The pixels are not whole images, or one is no number from 0 to 1, or there is too little room; the message says what was expected.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Predict(ReadOnlySpan<float> pixels, Span<float> scores, CancellationToken cancellationToken = default)
    {
        int images = Check(pixels, scores);
        fixed (float* first = pixels)
        {
            Probabilities(null, first, images, scores, cancellationToken);
        }
    }

    /// <summary>The probabilities of all classes, and how far each image is from what the model was trained on.</summary>
    /// <param name="pixels">One or more images, each of <see cref="InputShape"/> in the order of <see cref="PixelLayout"/>.</param>
    /// <param name="scores">Takes images × classes values, row-major; may be longer.</param>
    /// <param name="outOfDistributionScores">Takes a value an image, the higher the farther; may be longer.</param>
    /// <param name="kind">Which score; null for <see cref="OutOfDistributionScore.MaxSoftmax"/>. A name such as "Energy" is looked up in each call, which allocates: keep the score.</param>
    /// <param name="cancellationToken">Stops between images.</param>
    /// <exception cref="ArgumentException">The pixels are not whole images, or there is too little room; the message says what was expected.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Predict(
        ReadOnlySpan<byte> pixels, Span<float> scores, Span<double> outOfDistributionScores, OutOfDistributionScore? kind = null,
        CancellationToken cancellationToken = default)
    {
        int images = Check(pixels, scores);
        CheckRoom(images, outOfDistributionScores.Length, nameof(outOfDistributionScores), "out-of-distribution scores");
        fixed (byte* first = pixels)
        {
            Probabilities(first, null, images, scores, outOfDistributionScores, kind, cancellationToken);
        }
    }

    /// <summary>The probabilities of all classes, and how far each image is from what the model was trained on.</summary>
    /// <param name="pixels">One or more images of values from 0 to 1, each of <see cref="InputShape"/> in the order of <see cref="PixelLayout"/>.</param>
    /// <param name="scores">Takes images × classes values, row-major; may be longer.</param>
    /// <param name="outOfDistributionScores">Takes a value an image, the higher the farther; may be longer.</param>
    /// <param name="kind">Which score; null for <see cref="OutOfDistributionScore.MaxSoftmax"/>. A name such as "Energy" is looked up in each call, which allocates: keep the score.</param>
    /// <param name="cancellationToken">Stops between images.</param>
    /// <exception cref="ArgumentException">The pixels are not whole images, or one is no number from 0 to 1, or there is too little room; the message says what was expected.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Predict(
        ReadOnlySpan<float> pixels, Span<float> scores, Span<double> outOfDistributionScores, OutOfDistributionScore? kind = null,
        CancellationToken cancellationToken = default)
    {
        int images = Check(pixels, scores);
        CheckRoom(images, outOfDistributionScores.Length, nameof(outOfDistributionScores), "out-of-distribution scores");
        fixed (float* first = pixels)
        {
            Probabilities(null, first, images, scores, outOfDistributionScores, kind, cancellationToken);
        }
    }

    /// <summary>The logits of all classes for each image: what the network computes, before the softmax.</summary>
    /// <param name="pixels">One or more images, each of <see cref="InputShape"/> in the order of <see cref="PixelLayout"/>.</param>
    /// <param name="logits">Takes images × classes values, row-major; may be longer.</param>
    /// <param name="cancellationToken">Stops between images.</param>
    /// <exception cref="ArgumentException">The pixels are not whole images, or there is too little room; the message says what was expected.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void PredictLogits(ReadOnlySpan<byte> pixels, Span<float> logits, CancellationToken cancellationToken = default)
    {
        int images = Check(pixels, logits);
        fixed (byte* first = pixels)
        {
            Logits(first, null, images, logits, cancellationToken);
        }
    }

    /// <summary>The logits of all classes for each image: what the network computes, before the softmax.</summary>
    /// <param name="pixels">One or more images of values from 0 to 1, each of <see cref="InputShape"/> in the order of <see cref="PixelLayout"/>.</param>
    /// <param name="logits">Takes images × classes values, row-major; may be longer.</param>
    /// <param name="cancellationToken">Stops between images.</param>
    /// <exception cref="ArgumentException">The pixels are not whole images, or one is no number from 0 to 1, or there is too little room; the message says what was expected.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void PredictLogits(ReadOnlySpan<float> pixels, Span<float> logits, CancellationToken cancellationToken = default)
    {
        int images = Check(pixels, logits);
        fixed (float* first = pixels)
        {
            Logits(null, first, images, logits, cancellationToken);
        }
    }

    /// <summary>What one image shows.</summary>
    /// <param name="pixels">The image, of <see cref="InputShape"/> in the order of <see cref="PixelLayout"/>.</param>
    /// <param name="scores">Takes the probability of each class; may be longer.</param>
    /// <returns>The zero-based index of the most probable class, into <see cref="ClassNames"/>; of equally probable ones the first.</returns>
    /// <exception cref="ArgumentException">The pixels are not one whole image, or there is too little room; the message says what was expected.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public int Classify(ReadOnlySpan<byte> pixels, Span<float> scores)
    {
        CheckIsOne(pixels.Length);
        Predict(pixels, scores);
        return LogSoftmax.IndexOfLargest(scores[..ClassCount]);
    }

    /// <summary>What one image shows.</summary>
    /// <param name="pixels">The image, of values from 0 to 1, of <see cref="InputShape"/> in the order of <see cref="PixelLayout"/>.</param>
    /// <param name="scores">Takes the probability of each class; may be longer.</param>
    /// <returns>The zero-based index of the most probable class, into <see cref="ClassNames"/>; of equally probable ones the first.</returns>
    /// <exception cref="ArgumentException">The pixels are not one whole image, or one is no number from 0 to 1, or there is too little room; the message says what was expected.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public int Classify(ReadOnlySpan<float> pixels, Span<float> scores)
    {
        CheckIsOne(pixels.Length);
        Predict(pixels, scores);
        return LogSoftmax.IndexOfLargest(scores[..ClassCount]);
    }

    /// <summary>What each image shows.</summary>
    /// <param name="pixels">One or more images, each of <see cref="InputShape"/> in the order of <see cref="PixelLayout"/>.</param>
    /// <param name="classes">Takes a value an image: the zero-based index of the most probable class, into <see cref="ClassNames"/>; may be longer.</param>
    /// <param name="cancellationToken">Stops between images.</param>
    /// <exception cref="ArgumentException">The pixels are not whole images, or there is too little room; the message says what was expected.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Classify(ReadOnlySpan<byte> pixels, Span<int> classes, CancellationToken cancellationToken = default)
    {
        int images = CountImages(pixels.Length);
        CheckRoom(images, classes.Length, nameof(classes), "class indices");
        fixed (byte* first = pixels)
        {
            Classes(first, null, images, classes, cancellationToken);
        }
    }

    /// <summary>What each image shows.</summary>
    /// <param name="pixels">One or more images of values from 0 to 1, each of <see cref="InputShape"/> in the order of <see cref="PixelLayout"/>.</param>
    /// <param name="classes">Takes a value an image: the zero-based index of the most probable class, into <see cref="ClassNames"/>; may be longer.</param>
    /// <param name="cancellationToken">Stops between images.</param>
    /// <exception cref="ArgumentException">The pixels are not whole images, or one is no number from 0 to 1, or there is too little room; the message says what was expected.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Classify(ReadOnlySpan<float> pixels, Span<int> classes, CancellationToken cancellationToken = default)
    {
        int images = CountImages(pixels.Length);
        CheckRoom(images, classes.Length, nameof(classes), "class indices");
        PixelRange.Check(pixels, InputShape, PixelLayout);
        fixed (float* first = pixels)
        {
            Classes(null, first, images, classes, cancellationToken);
        }
    }

    /// <summary>Frees the memory outside the managed heap. Calls that are under way on other threads end as they would have.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _predictor.Dispose();
        _calls.Dispose();
    }
}

using System.Diagnostics.CodeAnalysis;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Models;

// What all calls have in common. Of the two pointers to pixels one is null.
public sealed unsafe partial class PrunedModel
{
    private void Probabilities(byte* bytes, float* floats, int images, Span<float> scores, CancellationToken cancellationToken)
    {
        Logits(bytes, floats, images, scores, cancellationToken);
        for (int image = 0; image < images; image++)
        {
            var row = scores.Slice(image * ClassCount, ClassCount);
            ScoreRows.Softmax(row, 1, row);
        }
    }

    private void Probabilities(
        byte* bytes, float* floats, int images, Span<float> scores, Span<double> outOfDistributionScores, OutOfDistributionScore? kind, CancellationToken cancellationToken)
    {
        kind ??= OutOfDistributionScore.MaxSoftmax;
        Logits(bytes, floats, images, scores, cancellationToken);
        for (int image = 0; image < images; image++)
        {
            var row = scores.Slice(image * ClassCount, ClassCount);
            outOfDistributionScores[image] = kind.FromLogits(row);
            ScoreRows.Softmax(row, 1, row);
        }
    }

    private void Classes(byte* bytes, float* floats, int images, Span<int> classes, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        var call = _calls.Take();
        try
        {
            var logits = call.LogitsOf((long)images * ClassCount);
            Logits(call, bytes, floats, images, logits, cancellationToken);
            for (int image = 0; image < images; image++)
            {
                classes[image] = LogSoftmax.IndexOfLargest(logits.Slice(image * ClassCount, ClassCount));
            }
        }
        finally
        {
            _calls.Return(call);
        }
    }

    private void Logits(byte* bytes, float* floats, int images, Span<float> logits, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        var call = _calls.Take();
        try
        {
            Logits(call, bytes, floats, images, logits, cancellationToken);
        }
        finally
        {
            _calls.Return(call);
        }
    }

    private void Logits(Call call, byte* bytes, float* floats, int images, Span<float> logits, CancellationToken cancellationToken)
    {
        call.Batch.Set(bytes, floats, images);
        _predictor.Predict(call.Batch, logits, NumberOfThreads, cancellationToken);
        call.Batch.Set(null, null, 0);

        // Pixels and weights are finite, but what is computed from huge weights need not be.
        for (int image = 0; image < images; image++)
        {
            ScoreRows.CheckLogits(logits.Slice(image * ClassCount, ClassCount), image);
        }
    }

    private int Check(ReadOnlySpan<byte> pixels, ReadOnlySpan<float> scores)
    {
        int images = CountImages(pixels.Length);
        CheckRoomForScores(images, scores);
        return images;
    }

    private int Check(ReadOnlySpan<float> pixels, ReadOnlySpan<float> scores)
    {
        int images = CountImages(pixels.Length);
        CheckRoomForScores(images, scores);
        PixelRange.Check(pixels, InputShape, PixelLayout);
        return images;
    }

    private int CountImages(int length)
    {
        ThrowIfDisposed();
        var (images, rest) = Math.DivRem(length, InputShape.Size);
        if (images == 0 || rest != 0)
        {
            ThrowNotWhole(length);
        }

        return images;
    }

    private void CheckIsOne(int length)
    {
        ThrowIfDisposed();
        if (length != InputShape.Size)
        {
            throw new ArgumentException($"One image is expected: {Expected}. There are {length} values.", "pixels");
        }
    }

    private void CheckRoomForScores(int images, ReadOnlySpan<float> scores)
    {
        long needed = (long)images * ClassCount;
        if (scores.Length < needed)
        {
            throw new ArgumentException(
                $"{Count(images)} and {ClassCount} classes take room for {needed} values (images × classes), but there is room for {scores.Length}.", nameof(scores));
        }
    }

    private static void CheckRoom(int images, int room, string parameter, string what)
    {
        if (room < images)
        {
            throw new ArgumentException($"{Count(images)} take room for {images} {what}, one an image, but there is room for {room}.", parameter);
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    [DoesNotReturn]
    private void ThrowNotWhole(int length) => throw new ArgumentException(
        length == 0 ? $"There are no pixels: expected one or more images of {Expected}."
        : $"{length} values are no whole number of images: expected {Expected} for each image.", "pixels");

    private string Expected => PixelLayout == PixelLayout.Planar
        ? $"{InputShape} (channels×rows×columns) = {InputShape.Size} values"
        : $"{InputShape.Height}×{InputShape.Width}×{InputShape.Channels} (rows×columns×channels) = {InputShape.Size} values";

    private static string Count(int images) => images == 1 ? "1 image" : $"{images} images";

    /// <summary>What a call needs for itself.</summary>
    private sealed class Call(ImageShape shape, PixelLayout layout)
    {
        private float[] _logits = [];

        public PointedPixels Batch { get; } = new(shape, layout);

        /// <summary>Room for this many logits; the same from call to call.</summary>
        public Span<float> LogitsOf(long count)
        {
            if (_logits.Length < count)
            {
                _logits = new float[count];
            }

            return _logits.AsSpan(0, (int)count);
        }
    }
}

using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Data;

/// <summary>A batch of labelled images as an engine reads it. Reused from step to step.</summary>
public abstract class ImageBatch
{
    /// <summary>The shape of each image.</summary>
    public abstract ImageShape Shape { get; }

    /// <summary>The number of images in the batch.</summary>
    public abstract int Count { get; }

    /// <summary>One zero-based class index an image; empty when the batch has no labels.</summary>
    public abstract ReadOnlySpan<int> Labels { get; }

    /// <summary>
    /// Writes one image's pixels in [0, 1], before normalisation, as [channel][row][column]. Safe to call from many threads.
    /// </summary>
    /// <param name="index">Which image of the batch.</param>
    /// <param name="destination">Takes <see cref="ImageShape.Size"/> values.</param>
    public abstract void CopyPixels(int index, Span<float> destination);
}

/// <summary>A batch of float pixels in [0, 1] that the caller owns.</summary>
/// <param name="shape">The shape of each image.</param>
/// <param name="pixels">Row-major [images, channels, rows, columns]; not copied.</param>
/// <param name="labels">One zero-based class index an image, or empty; not copied.</param>
public sealed class PixelBatch(ImageShape shape, ReadOnlyMemory<float> pixels, ReadOnlyMemory<int> labels = default) : ImageBatch
{
    /// <inheritdoc/>
    public override ImageShape Shape => shape;

    /// <inheritdoc/>
    public override int Count => pixels.Length / shape.Size;

    /// <inheritdoc/>
    public override ReadOnlySpan<int> Labels => labels.Span;

    /// <inheritdoc/>
    public override void CopyPixels(int index, Span<float> destination) =>
        pixels.Span.Slice(index * shape.Size, shape.Size).CopyTo(destination);
}

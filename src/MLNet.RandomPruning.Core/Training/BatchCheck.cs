using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Training;

/// <summary>What every engine asks of a batch, with one wording.</summary>
public static class BatchCheck
{
    /// <summary>Throws unless the images have the shape that the network was built for.</summary>
    /// <exception cref="ArgumentException">They have another one.</exception>
    public static void ThrowIfOtherShape(ImageBatch batch, Network network)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Shape != network.InputShape)
        {
            throw new ArgumentException($"{network.Name} was built for images of {network.InputShape}, but these are {batch.Shape}.", nameof(batch));
        }
    }

    /// <summary>Throws unless there is room for the logits of a batch.</summary>
    /// <exception cref="ArgumentException">The images have another shape, or there is too little room.</exception>
    public static void ThrowIfNotPredictable(ImageBatch batch, Network network, ReadOnlySpan<float> logits)
    {
        ThrowIfOtherShape(batch, network);
        long count = (long)batch.Count * network.ClassCount;
        if (logits.Length < count)
        {
            throw new ArgumentException(
                $"The logits of {batch.Count} images and {network.ClassCount} classes take {count} values, but there is room for {logits.Length}.", nameof(logits));
        }
    }

    /// <summary>Throws unless there is room for the gradients of a batch's pixels.</summary>
    /// <exception cref="ArgumentException">There is too little room.</exception>
    public static void ThrowIfNoRoomForPixels(ImageBatch batch, ReadOnlySpan<float> gradients)
    {
        ArgumentNullException.ThrowIfNull(batch);
        long count = (long)batch.Count * batch.Shape.Size;
        if (gradients.Length < count)
        {
            throw new ArgumentException(
                $"The gradients of {batch.Count} images of {batch.Shape} take {count} values, but there is room for {gradients.Length}.", nameof(gradients));
        }
    }

    /// <summary>Throws unless a network can be trained on a batch: its size, its images' shape, and a label of a known class for each.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="network">The network.</param>
    /// <param name="maximumBatchSize">The most images that the engine was made for.</param>
    /// <exception cref="ArgumentException">Something does not fit; the message says what was expected.</exception>
    public static void ThrowIfNotTrainable(ImageBatch batch, Network network, int maximumBatchSize)
    {
        ThrowIfOtherShape(batch, network);
        if (batch.Count < 1 || batch.Count > maximumBatchSize)
        {
            throw new ArgumentException($"The engine was made for batches of 1 to {maximumBatchSize} images, but this one has {batch.Count}.", nameof(batch));
        }

        if (batch.Labels.Length != batch.Count)
        {
            throw new ArgumentException($"The batch has {batch.Count} images and {batch.Labels.Length} labels.", nameof(batch));
        }

        foreach (int label in batch.Labels)
        {
            if ((uint)label >= (uint)network.ClassCount)
            {
                throw new ArgumentException(
                    $"The batch has label {label}, but {network.Name} was built for {network.ClassCount} classes (0 to {network.ClassCount - 1}).", nameof(batch));
            }
        }
    }
}

using System.Runtime.InteropServices;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.RandomPruning.Torch;

/// <summary>
/// An image set on the device, a byte a value. Batches are put together there: all that goes across for each is where the rows and
/// columns of every image come from.
/// </summary>
internal sealed class ResidentImages : IDisposable
{
    private const int ChunkBytes = 32 << 20;

    // Added to a row or column that lies beyond the edge of an image that has black around it: its pixels end up far below zero.
    private const long Black = long.MinValue / 4;

    private readonly Device _device;
    private readonly ImageShape _shape;

    // Byte 0 is black; the images follow.
    private readonly Tensor _bytes;
    private readonly Tensor _channels;
    private readonly Tensor _plan;

    private ResidentImages(ImageSet source, Device device, int capacity, Tensor bytes)
    {
        Source = source;
        _device = device;
        _shape = source.Shape;
        _bytes = bytes.DetachFromDisposeScope();
        long[] channels = [.. Enumerable.Range(0, _shape.Channels).Select(channel => (long)channel * _shape.PlaneSize)];
        _channels = tensor(channels, [1, _shape.Channels, 1, 1], device: device).DetachFromDisposeScope();
        _plan = empty([capacity * (_shape.Height + _shape.Width)], ScalarType.Int64).DetachFromDisposeScope();
    }

    /// <summary>What it is a copy of.</summary>
    public ImageSet Source { get; }

    /// <summary>The number of bytes of the images.</summary>
    public long Size => (long)Source.Count * _shape.Size;

    /// <summary>Copies a set to the device; null where there is no room for it.</summary>
    public static ResidentImages? TryCopy(ImageSet images, Device device, int capacity)
    {
        using var scope = NewDisposeScope();
        int size = images.Shape.Size;
        Tensor bytes;
        try
        {
            bytes = empty([1 + (long)images.Count * size], ScalarType.Byte, device);
        }
        catch (ExternalException)
        {
            return null;
        }

        bytes.narrow(0, 0, 1).zero_();
        int perChunk = Math.Max(1, Math.Min(ChunkBytes / size, images.Count));
        var chunk = empty([(long)perChunk * size], ScalarType.Byte);
        for (int first = 0; first < images.Count; first += perChunk)
        {
            int count = Math.Min(perChunk, images.Count - first);
            var host = chunk.bytes;
            for (int image = 0; image < count; image++)
            {
                images.Image(first + image).CopyTo(host[(image * size)..]);
            }

            using var step = NewDisposeScope();
            bytes.narrow(0, 1 + (long)first * size, (long)count * size).copy_(chunk.narrow(0, 0, (long)count * size));
        }

        return new ResidentImages(images, device, capacity, bytes);
    }

    /// <summary>The pixels in [0, 1] of some images of a batch from this set, cropped and mirrored. Belongs to the current scope.</summary>
    public Tensor Load(AugmentedBatch batch, int first, int count)
    {
        using var scope = NewDisposeScope();
        int height = _shape.Height, width = _shape.Width;
        bool hasBlack = Plan(batch, first, count);
        var plan = _plan.narrow(0, 0, count * (height + width)).to(_device);
        var rows = plan.narrow(0, 0, count * height).view(count, 1, height, 1);
        var columns = plan.narrow(0, count * height, count * width).view(count, 1, 1, width);
        var places = (rows + _channels) + columns;
        if (hasBlack)
        {
            places.clamp_min_(0);
        }

        return _bytes.index_select(0, places.view(-1)).view(count, _shape.Channels, height, width)
            .to(ScalarType.Float32).div_(255f).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _channels.Dispose();
        _plan.Dispose();
    }

    /// <summary>Writes where each row of each image begins, then where each column stands in its row; tells whether some are black.</summary>
    private bool Plan(AugmentedBatch batch, int first, int count)
    {
        int height = _shape.Height, width = _shape.Width;
        var plan = MemoryMarshal.Cast<byte, long>(_plan.bytes);
        var columns = plan[(count * height)..];
        bool zeroPadded = batch.Augmentation.PaddingMode == PaddingMode.Zero, hasBlack = false;
        for (int image = 0; image < count; image++)
        {
            var view = batch.Views[first + image];
            long start = 1 + (long)batch.Indices[first + image] * _shape.Size;
            for (int row = 0; row < height; row++)
            {
                plan[image * height + row] = Place(row + view.RowOffset, height) is var at and >= 0 ? start + at * width : start + Black;
            }

            for (int column = 0; column < width; column++)
            {
                int shown = view.Flip ? width - 1 - column : column;
                columns[image * width + column] = Place(shown + view.ColumnOffset, width) is var at and >= 0 ? at : Black;
            }
        }

        return hasBlack;

        // The pixel that is seen at a coordinate: mirrored at the outermost pixel beyond the edge, or black (−1).
        long Place(int at, int length)
        {
            if ((uint)at < (uint)length)
            {
                return at;
            }

            if (zeroPadded)
            {
                hasBlack = true;
                return -1;
            }

            return at < 0 ? -at : 2 * (length - 1) - at;
        }
    }
}

using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Scoring;

/// <summary>A batch of images as bytes, [image][channel][row][column], that is filled anew for each scoring.</summary>
internal sealed class ByteBatch(ImageShape shape, int capacity) : ImageBatch
{
    private static readonly float[] UnitRange = [.. Enumerable.Range(0, 256).Select(value => value / 255f)];

    private byte[] _pixels = new byte[shape.Size];
    private int _count;

    public override ImageShape Shape => shape;

    public override int Count => _count;

    public int Capacity => capacity;

    public override ReadOnlySpan<int> Labels => [];

    public void Clear() => _count = 0;

    /// <summary>Adds a copy of an image.</summary>
    public void Add(ReadOnlySpan<byte> image)
    {
        int start = _count * shape.Size;
        if (start + shape.Size > _pixels.Length)
        {
            Array.Resize(ref _pixels, Math.Min(2 * _pixels.Length, capacity * shape.Size));
        }

        image.CopyTo(_pixels.AsSpan(start, shape.Size));
        _count++;
    }

    public override void CopyPixels(int index, Span<float> destination)
    {
        var image = _pixels.AsSpan(index * shape.Size, shape.Size);
        destination = destination[..image.Length];
        for (int i = 0; i < image.Length; i++)
        {
            destination[i] = UnitRange[image[i]];
        }
    }
}

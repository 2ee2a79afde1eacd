using System.Numerics;
using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Data;

/// <summary>
/// The bytes of many images of one shape, in pages of a power of two images each: an array cannot hold more than 2 GiB, and
/// growing never copies what is already there.
/// </summary>
internal sealed class ImagePages
{
    private const int PageBytes = 4 << 20;

    private readonly List<byte[]> _pages = [];
    private readonly int _size, _shift;
    private int _count;

    public ImagePages(ImageShape shape)
    {
        Shape = shape;
        _size = shape.Size;
        _shift = BitOperations.Log2((uint)Math.Max(1, PageBytes / _size));
    }

    public ImageShape Shape { get; }

    public ReadOnlySpan<byte> Image(int position) =>
        _pages[position >> _shift].AsSpan((position & ((1 << _shift) - 1)) * _size, _size);

    public void Add(ReadOnlySpan<byte> image)
    {
        int slot = _count & ((1 << _shift) - 1);
        if (slot == 0)
        {
            _pages.Add(GC.AllocateUninitializedArray<byte>(_size << _shift));
        }

        image.CopyTo(_pages[^1].AsSpan(slot * _size, _size));
        _count++;
    }

    /// <summary>Cuts the last page down to the images in it, so that a small set takes little memory.</summary>
    public void Trim()
    {
        int used = _count & ((1 << _shift) - 1);
        if (used != 0)
        {
            _pages[^1] = _pages[^1].AsSpan(0, used * _size).ToArray();
        }
    }
}

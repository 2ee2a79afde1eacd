using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Data;

/// <summary>A batch of pixels that stand in somebody else's memory, which stays in its place while the batch is used. Reused from call to call.</summary>
/// <param name="shape">The shape of each image.</param>
/// <param name="layout">In which order its values stand.</param>
internal sealed unsafe class PointedPixels(ImageShape shape, PixelLayout layout) : ImageBatch
{
    // value/255 of each byte, by the same rounding as in whole rows.
    private static readonly float[] UnitRange = [.. Enumerable.Range(0, 256).Select(value => PixelConversion.ToUnitRange((byte)value))];

    private byte* _bytes;
    private float* _floats;
    private int _count;

    /// <inheritdoc/>
    public override ImageShape Shape => shape;

    /// <inheritdoc/>
    public override int Count => _count;

    /// <inheritdoc/>
    public override ReadOnlySpan<int> Labels => default;

    /// <summary>Points to images: of bytes or of floats in [0, 1], the other being null.</summary>
    public void Set(byte* bytes, float* floats, int count)
    {
        _bytes = bytes;
        _floats = floats;
        _count = count;
    }

    /// <inheritdoc/>
    public override void CopyPixels(int index, Span<float> destination)
    {
        int size = shape.Size;
        nint start = (nint)index * size;
        bool isPlanar = layout == PixelLayout.Planar || shape.Channels == 1;
        if (_bytes != null)
        {
            var image = new ReadOnlySpan<byte>(_bytes + start, size);
            if (isPlanar)
            {
                PixelConversion.ToUnitRange(image, destination);
            }
            else
            {
                Separate(image, destination);
            }
        }
        else
        {
            var image = new ReadOnlySpan<float>(_floats + start, size);
            if (isPlanar)
            {
                image.CopyTo(destination);
            }
            else
            {
                Separate(image, destination);
            }
        }
    }

    private void Separate(ReadOnlySpan<byte> image, Span<float> destination)
    {
        int channels = shape.Channels, plane = shape.PlaneSize;
        ReadOnlySpan<float> unitRange = UnitRange;
        for (int channel = 0; channel < channels; channel++)
        {
            var target = destination.Slice(channel * plane, plane);
            int next = channel;
            for (int pixel = 0; pixel < target.Length; pixel++, next += channels)
            {
                target[pixel] = unitRange[image[next]];
            }
        }
    }

    private void Separate(ReadOnlySpan<float> image, Span<float> destination)
    {
        int channels = shape.Channels, plane = shape.PlaneSize;
        for (int channel = 0; channel < channels; channel++)
        {
            var target = destination.Slice(channel * plane, plane);
            int next = channel;
            for (int pixel = 0; pixel < target.Length; pixel++, next += channels)
            {
                target[pixel] = image[next];
            }
        }
    }
}

using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Data;

/// <summary>
/// Labelled images in memory, one byte a value. A set may hold more than 2 GiB. Immutable, and safe to read from many threads;
/// made by <see cref="ImageSetBuilder"/>.
/// </summary>
public sealed class ImageSet
{
    private readonly ImagePages _pages;
    private readonly int[] _labels;
    private readonly int[]? _indices;
    private readonly int _start;

    internal ImageSet(ImagePages pages, int[] labels, IReadOnlyList<string> classNames)
        : this(pages, labels, classNames, null, 0, labels.Length)
    {
    }

    private ImageSet(ImagePages pages, int[] labels, IReadOnlyList<string> classNames, int[]? indices, int start, int count)
    {
        _pages = pages;
        _labels = labels;
        _indices = indices;
        _start = start;
        ClassNames = classNames;
        Count = count;
    }

    /// <summary>The shape of each image.</summary>
    public ImageShape Shape => _pages.Shape;

    /// <summary>The number of images.</summary>
    public int Count { get; }

    /// <summary>The name of each class; a label is an index into it.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The number of classes.</summary>
    public int ClassCount => ClassNames.Count;

    /// <summary>The values of one image, [channel][row][column], from 0 to 255.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ReadOnlySpan<byte> Image(int index) => _pages.Image(Position(index));

    /// <summary>The zero-based class index of one image.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public int Label(int index) => _labels[Position(index)];

    /// <summary>The number of images of each class.</summary>
    public int[] CountByClass()
    {
        var counts = new int[ClassCount];
        for (int index = 0; index < Count; index++)
        {
            counts[Label(index)]++;
        }

        return counts;
    }

    /// <summary>A view of neighbouring images; shares their bytes.</summary>
    /// <param name="start">The index of the view's first image.</param>
    /// <param name="count">The number of images in the view.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie inside the set.</exception>
    public ImageSet Slice(int start, int count)
    {
        if (start < 0 || count < 0 || start > Count - count)
        {
            throw new ArgumentOutOfRangeException(nameof(start), $"A set of {Count} images has no {count} images from index {start} on.");
        }

        return new ImageSet(_pages, _labels, ClassNames, _indices, _start + start, count);
    }

    /// <summary>A view of the images at the given indices, in that order; an image may occur more than once. Shares their bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no image at one of the indices.</exception>
    public ImageSet Take(ReadOnlySpan<int> indices)
    {
        var positions = new int[indices.Length];
        for (int i = 0; i < positions.Length; i++)
        {
            positions[i] = Position(indices[i]);
        }

        return new ImageSet(_pages, _labels, ClassNames, positions, 0, positions.Length);
    }

    /// <summary>
    /// Splits the set by index: the last round(<paramref name="fraction"/>·<see cref="Count"/>) images are for validation, all
    /// others for training. Both parts share the bytes.
    /// </summary>
    /// <param name="fraction">The share of the images that is held out, from 0 to below 1; 0 gives an empty validation set.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction lies outside its range.</exception>
    /// <exception cref="ArgumentException">The set is so small that one of the parts would be empty.</exception>
    public (ImageSet Train, ImageSet Validation) SplitLast(double fraction)
    {
        if (!(fraction >= 0 && fraction < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "The share of images held out for validation goes from 0 to below 1.");
        }

        int held = (int)Math.Round(fraction * Count, MidpointRounding.AwayFromZero);
        if (fraction > 0 && (held == 0 || held == Count))
        {
            throw new ArgumentException(
                $"Holding out {fraction:0.####} of {Count} images leaves {Count - held} for training and {held} for validation; both need at least one.", nameof(fraction));
        }

        return (Slice(0, Count - held), Slice(Count - held, held));
    }

    private int Position(int index)
    {
        if ((uint)index >= (uint)Count)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The set has {Count} images, with indices from 0.");
        }

        return _indices is null ? _start + index : _indices[_start + index];
    }
}

using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Data;

/// <summary>Gathers labelled images, one at a time, into an <see cref="ImageSet"/>. Not for use by two threads at once.</summary>
public sealed class ImageSetBuilder
{
    private readonly ImagePages _pages;
    private readonly List<int> _labels = [];
    private readonly string[] _classNames;
    private bool _built;

    /// <summary>Starts an empty set.</summary>
    /// <param name="shape">The shape of each image.</param>
    /// <param name="classNames">The name of each class, at least one; a label is an index into it.</param>
    /// <exception cref="ArgumentException">The shape has no values or more than an array can hold, or there is no class.</exception>
    public ImageSetBuilder(ImageShape shape, IReadOnlyList<string> classNames)
    {
        if (shape.Channels < 1 || shape.Height < 1 || shape.Width < 1
            || (Int128)shape.Channels * shape.Height * shape.Width > Array.MaxLength)
        {
            throw new ArgumentException(
                $"An image needs at least one channel, row and column and at most {Array.MaxLength} values, but the shape is {shape}.", nameof(shape));
        }

        ArgumentNullException.ThrowIfNull(classNames);
        if (classNames.Count == 0 || classNames.Any(name => name is null))
        {
            throw new ArgumentException("An image set needs at least one class, and each class a name.", nameof(classNames));
        }

        _pages = new ImagePages(shape);
        _classNames = [.. classNames];
    }

    /// <summary>The shape of each image.</summary>
    public ImageShape Shape => _pages.Shape;

    /// <summary>The number of images added so far.</summary>
    public int Count => _labels.Count;

    /// <summary>Adds a copy of one image.</summary>
    /// <param name="pixels">Its values, [channel][row][column], from 0 to 255.</param>
    /// <param name="label">Its zero-based class index.</param>
    /// <exception cref="ArgumentException">The number of values is not that of the shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Build"/> has been called.</exception>
    public void Add(ReadOnlySpan<byte> pixels, int label)
    {
        ThrowIfBuilt();
        if (pixels.Length != Shape.Size)
        {
            throw new ArgumentException($"Image {Count} has {pixels.Length} values; an image of {Shape} has {Shape.Size}.", nameof(pixels));
        }

        if ((uint)label >= (uint)_classNames.Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(label), label, $"Image {Count} has label {label}; with {_classNames.Length} classes the labels go from 0 to {_classNames.Length - 1}.");
        }

        _pages.Add(pixels);
        _labels.Add(label);
    }

    /// <summary>Gives the finished set. The builder takes no images afterwards.</summary>
    /// <exception cref="InvalidOperationException">It has been called before.</exception>
    public ImageSet Build()
    {
        ThrowIfBuilt();
        _built = true;
        _pages.Trim();
        return new ImageSet(_pages, [.. _labels], _classNames);
    }

    private void ThrowIfBuilt()
    {
        if (_built)
        {
            throw new InvalidOperationException("This builder has already given its image set; a new set takes a new builder.");
        }
    }
}

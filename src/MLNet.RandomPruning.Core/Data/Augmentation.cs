using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Data;

/// <summary>What stands around an image from which a crop is cut.</summary>
public enum PaddingMode
{
    /// <summary>The image mirrored at its outermost pixels, which are not repeated: … 2 1 [0 1 2 …</summary>
    Reflect,

    /// <summary>Black: zeros before normalisation.</summary>
    Zero,
}

/// <summary>
/// How training images are varied: padded on all sides, cut back to their size at a random place, and mirrored left to right
/// in half of the cases.
/// </summary>
public sealed record Augmentation
{
    /// <summary>Takes how far crops are shifted, what is shown beyond the edge, and whether images are mirrored.</summary>
    /// <param name="padding">The rows and columns added on each side, from 0; below the images' rows and columns.</param>
    /// <param name="paddingMode">What the added rows and columns show.</param>
    /// <param name="horizontalFlip">Whether half of the images are mirrored left to right.</param>
    /// <exception cref="ArgumentOutOfRangeException">The padding is negative, or there is no such mode.</exception>
    public Augmentation(int padding = 4, PaddingMode paddingMode = PaddingMode.Reflect, bool horizontalFlip = true)
    {
        if (padding < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(padding), padding, "The padding is a number of pixels, 0 or more.");
        }

        if (!Enum.IsDefined(paddingMode))
        {
            throw new ArgumentOutOfRangeException(nameof(paddingMode), paddingMode, "The padding mode is Reflect or Zero.");
        }

        Padding = padding;
        PaddingMode = paddingMode;
        HorizontalFlip = horizontalFlip;
    }

    /// <summary>Images as they are.</summary>
    public static Augmentation None { get; } = new(0, PaddingMode.Zero, false);

    /// <summary>As the paper trains on CIFAR-10: padded by 4, mirrored at the edge, with flips.</summary>
    public static Augmentation Cifar10 { get; } = new(4, PaddingMode.Reflect);

    /// <summary>As the paper trains on CIFAR-100: padded by 4 with black, with flips.</summary>
    public static Augmentation Cifar100 { get; } = new(4, PaddingMode.Zero);

    /// <summary>The rows and columns added on each side: crops are shifted by up to as much.</summary>
    public int Padding { get; }

    /// <summary>What the added rows and columns show.</summary>
    public PaddingMode PaddingMode { get; }

    /// <summary>Whether half of the images are mirrored left to right.</summary>
    public bool HorizontalFlip { get; }

    /// <summary>Refuses images too small for the padding.</summary>
    /// <exception cref="ArgumentException">The padding is not below the rows and columns of the images.</exception>
    public void ThrowIfUnfitFor(ImageShape shape)
    {
        if (Padding >= Math.Min(shape.Height, shape.Width))
        {
            throw new ArgumentException(
                $"A padding of {Padding} takes images with more than {Padding} rows and columns, but they are {shape}; take a smaller padding.");
        }
    }
}

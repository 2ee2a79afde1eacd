using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Data;

/// <summary>
/// How one image is shown. The crop's pixel (row, column) is the padded image's (row + <paramref name="RowOffset"/>, column +
/// <paramref name="ColumnOffset"/>), in coordinates in which the unpadded image begins at (0, 0); after that the crop is
/// mirrored when <paramref name="Flip"/> is set.
/// </summary>
/// <param name="RowOffset">From −padding to padding.</param>
/// <param name="ColumnOffset">From −padding to padding.</param>
/// <param name="Flip">Whether the crop is mirrored left to right.</param>
public readonly record struct AugmentedView(int RowOffset, int ColumnOffset, bool Flip)
{
    /// <summary>
    /// The view that belongs to an image in an epoch: a pure function of its arguments, every offset equally likely and a flip
    /// in half of the cases.
    /// </summary>
    /// <param name="augmentation">What may be varied.</param>
    /// <param name="seed">The seed of the training.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="image">The image's index in its set.</param>
    public static AugmentedView Choose(Augmentation augmentation, long seed, int epoch, int image)
    {
        var random = new KeyedRandom(seed, RandomPurpose.Augmentation, (long)epoch << 32 | (uint)image);
        int rows = Offset(ref random, augmentation.Padding);
        int columns = Offset(ref random, augmentation.Padding);
        return new AugmentedView(rows, columns, augmentation.HorizontalFlip && (random.NextUInt32() >> 31) != 0);
    }

    private static int Offset(ref KeyedRandom random, int padding) => padding == 0 ? 0 : random.NextInt(2 * padding + 1) - padding;
}

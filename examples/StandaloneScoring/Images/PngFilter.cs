namespace StandaloneScoring.Images;

/// <summary>The filters that turn the rows of a PNG file into differences (PNG specification, section 9).</summary>
internal static class PngFilter
{
    /// <summary>Turns differences back into bytes.</summary>
    /// <param name="filter">0 none, 1 left, 2 above, 3 the mean of both, 4 Paeth.</param>
    /// <param name="row">The row.</param>
    /// <param name="above">The row above, as bytes; zeros above the first.</param>
    /// <param name="distance">How far back the pixel to the left stands.</param>
    /// <exception cref="InvalidDataException">There is no such filter.</exception>
    public static void Undo(int filter, Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (int i = distance; i < row.Length; i++)
                {
                    row[i] += row[i - distance];
                }

                break;
            case 2:
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] += above[i];
                }

                break;
            case 3:
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] += (byte)(((i < distance ? 0 : row[i - distance]) + above[i]) / 2);
                }

                break;
            case 4:
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] += i < distance ? above[i] : Paeth(row[i - distance], above[i], above[i - distance]);
                }

                break;
            default:
                throw new InvalidDataException($"one of its rows has filter {filter}, and PNG knows 0 to 4");
        }
    }

    // Whichever is nearest to left + above − corner; of equally near ones in this order.
    private static byte Paeth(int left, int above, int corner)
    {
        int toLeft = Math.Abs(above - corner), toAbove = Math.Abs(left - corner), toCorner = Math.Abs(left + above - 2 * corner);
        return (byte)(toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner);
    }
}

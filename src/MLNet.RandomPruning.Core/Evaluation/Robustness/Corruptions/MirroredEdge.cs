namespace MLNet.RandomPruning.Evaluation.Robustness.Corruptions;

/// <summary>What lies beyond an image's edge: the image mirrored there, again and again (… b a | a b c | c b …).</summary>
internal static class MirroredEdge
{
    /// <summary>The coordinate inside the image, from 0 to length − 1, that any coordinate shows.</summary>
    public static int At(int coordinate, int length)
    {
        if ((uint)coordinate < (uint)length)
        {
            return coordinate;
        }

        int period = 2 * length;
        int place = coordinate % period;
        place = place < 0 ? place + period : place;
        return place < length ? place : period - 1 - place;
    }
}

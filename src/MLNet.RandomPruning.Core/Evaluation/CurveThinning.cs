namespace MLNet.RandomPruning.Evaluation;

/// <summary>Picks the points of a long curve that a plot needs: along a measure that rises from 0 to 1, the first point in each of equal steps, and always the last point.</summary>
internal struct CurveThinning
{
    private readonly bool _keepsAll;
    private readonly int _steps;
    private int _last = -1;

    /// <summary>Thins a curve to a number of points.</summary>
    public CurveThinning(int pointCount, int mostPoints)
    {
        _keepsAll = pointCount <= mostPoints;
        _steps = mostPoints - 1;
    }

    public static void CheckPoints(int curvePoints)
    {
        if (curvePoints < 2)
        {
            throw new ArgumentOutOfRangeException(
                nameof(OutOfDistributionOptions.CurvePoints), curvePoints, $"{curvePoints} curve points were asked for; a curve takes at least 2.");
        }
    }

    /// <summary>Whether the point at this place of the curve is picked; to be asked from the first point to the last.</summary>
    public bool Keeps(double place)
    {
        int step = (int)(place * _steps);
        if (!_keepsAll && step <= _last)
        {
            return false;
        }

        _last = step;
        return true;
    }
}

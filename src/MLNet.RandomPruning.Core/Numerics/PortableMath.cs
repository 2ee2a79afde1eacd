namespace MLNet.RandomPruning.Numerics;

/// <summary>
/// Exponential, logarithm and half a cosine wave made of IEEE additions, multiplications and divisions only, so that they give the same bits on
/// every platform; those of the C library differ in the last place from one system to the next.
/// </summary>
public static class PortableMath
{
    // ln 2 in two parts: the first has its low bits clear, so that a product with a small whole number is exact.
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;
    private const double Log2E = 1.44269504088896338700;

    /// <summary>The natural logarithm of a positive, finite, normal number, to within a few units in the last place.</summary>
    public static double Log(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = (int)(bits >> 52) - 1023;
        double mantissa = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000);
        if (mantissa > 1.4142135623730951)
        {
            mantissa *= 0.5;
            exponent++;
        }

        // ln m = 2·artanh(s) with s = (m − 1)/(m + 1), |s| ≤ 0.1716: the series to s²¹ is exact to 2⁻⁵⁵.
        double s = (mantissa - 1) / (mantissa + 1);
        double s2 = s * s;
        double sum = 0;
        for (int k = 21; k >= 3; k -= 2)
        {
            sum = (sum + 1.0 / k) * s2;
        }

        return exponent * Ln2High + (exponent * Ln2Low + 2 * s * (1 + sum));
    }

    /// <summary>e to the x, to within a few units in the last place; 0 below −708, +∞ above 709.</summary>
    public static double Exp(double x)
    {
        if (!(x > -708))
        {
            return double.IsNaN(x) ? x : 0;
        }

        if (x > 709)
        {
            return double.PositiveInfinity;
        }

        double whole = Math.Round(x * Log2E);
        double r = (x - whole * Ln2High) - whole * Ln2Low;

        // Taylor's series: |r| ≤ 0.3466, so the term r¹⁵/15! is below 2⁻⁶².
        double sum = 1;
        for (int k = 14; k >= 1; k--)
        {
            sum = 1 + sum * r / k;
        }

        return sum * BitConverter.Int64BitsToDouble((long)(whole + 1023) << 52);
    }

    /// <summary>The falling half-wave ½(1 + cos πt) for t from 0 to 1, from 1 to 0, to within a few units in the last place.</summary>
    public static double HalfCosine(double t)
    {
        // ½(1 + cos πt) = cos²(πt/2). Taylor's series of the cosine: the argument is at most π/2, so the term of degree 26 is below 2⁻⁷¹.
        double u = t * (Math.PI / 2);
        double sum = 1;
        for (int degree = 24; degree >= 2; degree -= 2)
        {
            sum = 1 - sum * (u * u) / (degree * (degree - 1));
        }

        return sum * sum;
    }
}

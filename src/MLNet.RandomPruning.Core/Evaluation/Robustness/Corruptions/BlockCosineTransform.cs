namespace MLNet.RandomPruning.Evaluation.Robustness.Corruptions;

/// <summary>
/// The cosine transform of 8×8 blocks, F(u,v) = ¼·C(u)·C(v)·Σₓᵧ f(x,y)·cos((2x+1)uπ/16)·cos((2y+1)vπ/16) with C(0) = 1/√2 and C = 1
/// elsewhere (ITU-T T.81, A.3.3), as two products with the orthonormal 8×8 matrix B(u,x) = ½·C(u)·cos((2x+1)uπ/16).
/// </summary>
internal static class BlockCosineTransform
{
    /// <summary>Rows and columns of a block.</summary>
    public const int Side = 8;

    /// <summary>The values of a block.</summary>
    public const int Size = Side * Side;

    private static readonly double[] Basis = MakeBasis();

    /// <summary>Transforms a block in place: row u, column v of the result is F(u,v).</summary>
    public static void Forward(Span<double> block) => Apply(block, inverse: false);

    /// <summary>Undoes <see cref="Forward"/> in place.</summary>
    public static void Inverse(Span<double> block) => Apply(block, inverse: true);

    private static void Apply(Span<double> block, bool inverse)
    {
        Span<double> half = stackalloc double[Size];
        Multiply(block, half, inverse);
        Multiply(half, block, inverse);
    }

    /// <summary>The transpose of (basis × block); done twice, this is basis × block × basisᵀ.</summary>
    private static void Multiply(ReadOnlySpan<double> block, Span<double> product, bool inverse)
    {
        for (int u = 0; u < Side; u++)
        {
            for (int column = 0; column < Side; column++)
            {
                double sum = 0;
                for (int x = 0; x < Side; x++)
                {
                    sum += Basis[inverse ? x * Side + u : u * Side + x] * block[x * Side + column];
                }

                product[column * Side + u] = sum;
            }
        }
    }

    private static double[] MakeBasis()
    {
        // cos(kπ/16); spelled out, because the cosine of the C library differs in the last place from one system to the next.
        ReadOnlySpan<double> cosines =
        [
            1, 0.98078528040323044913, 0.92387953251128675613, 0.83146961230254523708, 0.70710678118654752440,
            0.55557023301960222474, 0.38268343236508977173, 0.19509032201612826785, 0,
        ];
        var basis = new double[Size];
        for (int u = 0; u < Side; u++)
        {
            for (int x = 0; x < Side; x++)
            {
                int angle = (2 * x + 1) * u % 32;
                angle = angle > 16 ? 32 - angle : angle;
                double cosine = angle > 8 ? -cosines[16 - angle] : cosines[angle];
                basis[u * Side + x] = 0.5 * (u == 0 ? cosines[4] : cosine);
            }
        }

        return basis;
    }
}

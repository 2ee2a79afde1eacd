using System;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>How a quotient is rounded.</summary>
    public enum RoundingMode
    {
        None = 0,
        trunc = 1,
        floor = 2,
    }

    public partial class Tensor
    {
        private static readonly Operator Add = new("aten::add", "Tensor");
        private static readonly Operator AddInPlace = new("aten::add_", "Tensor");
        private static readonly Operator AddScalar = new("aten::add", "Scalar");
        private static readonly Operator Subtract = new("aten::sub", "Tensor");
        private static readonly Operator SubtractInPlace = new("aten::sub_", "Tensor");
        private static readonly Operator Multiply = new("aten::mul", "Tensor");
        private static readonly Operator MultiplyScalar = new("aten::mul", "Scalar");
        private static readonly Operator MultiplyInPlace = new("aten::mul_", "Tensor");
        private static readonly Operator MultiplyScalarInPlace = new("aten::mul_", "Scalar");
        private static readonly Operator DivideScalarInPlace = new("aten::div_", "Scalar");
        private static readonly Operator EqualTo = new("aten::eq", "Tensor");
        private static readonly Operator ClampMinInPlace = new("aten::clamp_min_");
        private static readonly Operator Square = new("aten::square");
        private static readonly Operator Relu = new("aten::relu");
        private static readonly Operator ReluInPlace = new("aten::relu_");
        private static readonly Operator Sum = new("aten::sum");
        private static readonly Operator MeanOver = new("aten::mean", "dim");
        private static readonly Operator Argmax = new("aten::argmax");
        private static readonly Operator CopyInPlace = new("aten::copy_");
        private static readonly Operator ZeroInPlace = new("aten::zero_");
        private static readonly Operator Clone = new("aten::clone");
        private static readonly Operator Contiguous = new("aten::contiguous");
        private static readonly Operator Detach = new("aten::detach");
        private static readonly Operator View = new("aten::view");
        private static readonly Operator Reshape = new("aten::reshape");
        private static readonly Operator Permute = new("aten::permute");
        private static readonly Operator Narrow = new("aten::narrow");
        private static readonly Operator IndexSelect = new("aten::index_select");
        private static readonly Operator ToType = new("aten::to", "dtype");
        private static readonly Operator ToDevice = new("aten::to", "device");

        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);

        public static Tensor operator -(Tensor left, Tensor right) => Subtract.Call(left, right);

        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);

        public Tensor add(Tensor target) => Add.Call(this, target);

        public Tensor add(Tensor target, Scalar alpha) => Add.Call(this, target, alpha);

        public Tensor add(Scalar scalar) => AddScalar.Call(this, scalar);

        public Tensor add_(Tensor target) => AddInPlace.Call(this, target);

        public Tensor add_(Tensor target, Scalar alpha) => AddInPlace.Call(this, target, alpha);

        public Tensor sub_(Tensor target) => SubtractInPlace.Call(this, target);

        public Tensor mul(Tensor target) => Multiply.Call(this, target);

        public Tensor mul(Scalar target) => MultiplyScalar.Call(this, target);

        public Tensor mul_(Tensor target) => MultiplyInPlace.Call(this, target);

        public Tensor mul_(Scalar target) => MultiplyScalarInPlace.Call(this, target);

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None
                ? DivideScalarInPlace.Call(this, target)
                : throw new NotSupportedException("The stand-in of TorchSharp divides without rounding only.");

        public Tensor eq(Tensor target) => EqualTo.Call(this, target);

        public Tensor clamp_min_(Scalar min) => ClampMinInPlace.Call(this, min);

        public Tensor square() => Square.Call(this);

        public Tensor relu() => Relu.Call(this);

        public Tensor relu_() => ReluInPlace.Call(this);

        public Tensor sum(ScalarType? type = null) => Sum.Call(this, type);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => MeanOver.Call(this, dimensions, keepdim, type);

        public Tensor argmax(long dim, bool keepdim = false) => Argmax.Call(this, dim, keepdim);

        public Tensor copy_(Tensor source, bool nonBlocking = false) => CopyInPlace.Call(this, source, nonBlocking);

        public Tensor zero_() => ZeroInPlace.Call(this);

        public Tensor clone() => Clone.Call(this);

        public Tensor contiguous() => Contiguous.Call(this);

        /// <summary>The same values, apart from the graph that made them.</summary>
        public Tensor detach() => Detach.Call(this);

        public Tensor view(params long[] shape) => View.Call(this, shape);

        public Tensor reshape(params long[] shape) => Reshape.Call(this, shape);

        public Tensor permute(params long[] permutation) => Permute.Call(this, permutation);

        public Tensor narrow(long dim, long start, long length) => Narrow.Call(this, dim, start, length);

        public Tensor index_select(long dim, Tensor index) => IndexSelect.Call(this, dim, index);

        public Tensor cpu() => to(CPU);

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Finish(ToType.Call(this, type, non_blocking, copy), disposeAfter);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(dtype, device, copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Finish(ToDevice.Call(this, device, type, non_blocking, copy), disposeAfter);

        private Tensor Finish(Tensor result, bool disposeAfter)
        {
            if (disposeAfter)
            {
                Dispose();
            }

            return result;
        }
    }
}

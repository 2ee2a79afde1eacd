using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>The gradients of outputs with respect to inputs; of scalars when no gradients of the outputs are given.</summary>
        public static unsafe IList<Tensor> grad(
            IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor> grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            IntPtr[] from = Argument.Handles(outputs), to = Argument.Handles(inputs), given = Argument.Handles(grad_outputs);
            var results = new IntPtr[to.Length];
            fixed (IntPtr* pinnedFrom = from, pinnedTo = to, pinnedGiven = given, pinnedResults = results)
            {
                Shim.ts_gradients(
                    pinnedFrom, from.Length, pinnedTo, to.Length, pinnedGiven, given.Length,
                    Flag(retain_graph), Flag(create_graph), Flag(allow_unused), pinnedResults);
            }

            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            Shim.Check();
            return [.. results.Select(handle => handle == IntPtr.Zero ? null : new Tensor(handle))];
        }

        /// <summary>Adds gradients to the <see cref="Tensor.grad"/> of the given inputs, or of all leaves when none are given.</summary>
        public static unsafe void backward(
            IList<Tensor> tensors, IList<Tensor> grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor> inputs = null)
        {
            IntPtr[] from = Argument.Handles(tensors), given = Argument.Handles(grad_tensors), to = Argument.Handles(inputs);
            fixed (IntPtr* pinnedFrom = from, pinnedGiven = given, pinnedTo = to)
            {
                Shim.ts_backward(
                    pinnedFrom, from.Length, pinnedGiven, given.Length, Flag(retain_graph ?? create_graph), Flag(create_graph), pinnedTo, to.Length);
            }

            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
            Shim.Check();
        }

        private static sbyte Flag(bool value) => (sbyte)(value ? 1 : 0);
    }
}
